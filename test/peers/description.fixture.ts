/** How the APIs of others are described here: JSON Schemas in which what is not named is a fault. */

import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** As a body: none. Within one: null. */
export const NOTHING = { type: "null" };

/** Every field is required but those named `optional`, and there are no others. */
export const closed = (
  properties: Readonly<Record<string, object>>,
  ...optional: readonly string[]
): object => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false });
addFormats.default(ajv);

/** Why the body `value` (undefined: none) is not as described; empty is good. `what`: begins each line. */
export function faultsOf(what: string, schema: object, value: unknown): readonly string[] {
  if (schema === NOTHING) return value === undefined ? [] : [`${what} is to have no body`];
  const validate = ajv.compile(schema);
  return validate(value) ? [] : linesOf(what, validate.errors);
}

export const linesOf = (what: string, errors: readonly ErrorObject[] | null | undefined): readonly string[] =>
  (errors ?? []).map(({ instancePath, message, params }) => {
    const strange: unknown = params["additionalProperty"];
    return `${what}: ${instancePath} ${message}${typeof strange === "string" ? ` (${strange})` : ""}`;
  });
