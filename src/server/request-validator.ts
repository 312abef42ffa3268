import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { FastifyRouteSchemaDef } from "fastify/types/schema.js";
import { canonicalJson } from "../core/digest.ts";
import { FORMATS } from "./text-formats.ts";

/**
 * Compiles the schemas of requests. Strict: a value of the wrong type is a fault and not converted, an unknown
 * field is a fault and not dropped (Fastify's defaults would do both).
 */
export const createRequestValidator =
  (): ((route: FastifyRouteSchemaDef<object>) => RequestValidator) =>
  ({ schema }) =>
    compiledLate(schema);

/** What Fastify asks of one: the faults of the last request stand beside it. */
type RequestValidator = ((data: unknown) => boolean) & {
  errors?: NonNullable<ValidateFunction["errors"]> | null;
};

/** With the first request that needs it: a store within a command gets a handful, and all schemas take as long as those. */
function compiledLate(schema: object): RequestValidator {
  let compiled: ValidateFunction | undefined;
  const validate: RequestValidator = (data) => {
    compiled ??= compiledOnce(schema);
    const isValid = compiled(data);
    validate.errors = compiled.errors ?? null;
    return isValid;
  };
  return validate;
}

/**
 * By its text: each app has copies of its own, a process that reconciles by schedule opens an app each time, and what is
 * compiled is never let go.
 */
function compiledOnce(schema: object): ValidateFunction {
  const text = JSON.stringify(schema);
  const compiled = COMPILED.get(text) ?? AJV.compile(schema);
  COMPILED.set(text, compiled);
  return compiled;
}

const AJV = createAjv();
const COMPILED = new Map<string, ValidateFunction>();

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    allowUnionTypes: true,
    validateSchema: false,
  });
  addUniqueItems(ajv);
  for (const [name, { validate }] of Object.entries(FORMATS)) ajv.addFormat(name, validate);
  return ajv;
}

/**
 * In place of ajv's own, which compares each item with each: the list may be as long as a body, since `maxItems` has
 * no say in it when all errors are wanted.
 */
function addUniqueItems(ajv: Ajv2020): void {
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must not hold the same item twice" },
    validate: (isWanted: boolean, items: readonly unknown[]) =>
      !isWanted || new Set(items.map(canonicalJson)).size === items.length,
  });
}
