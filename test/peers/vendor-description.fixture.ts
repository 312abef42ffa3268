/**
 * A vendor's own OpenAPI description of its API, where that file is at hand: its licence is not ours, so it is none of this
 * project's files. Fields that it does not name are faults, though vendors take them. Answers may lack fields that it
 * requires: the servers that stand in for vendors give only what somebody reads.
 */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { linesOf } from "./description.fixture.ts";

export interface VendorSchema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, VendorSchema>>;
  readonly required?: readonly string[];
  readonly items?: VendorSchema;
  readonly oneOf?: readonly VendorSchema[];
  readonly allOf?: readonly VendorSchema[];
  readonly type?: string;
}

interface Content {
  readonly $ref?: string;
  readonly content?: { readonly "application/json"?: { readonly schema: VendorSchema } };
}

export interface VendorOperation {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly $ref?: string; readonly in?: string; readonly name?: string }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, VendorOperation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

export interface VendorDescription {
  readonly templates: readonly string[];
  operation(method: string, template: string): VendorOperation | undefined;
  /** What stands where a `$ref` points, or the thing itself. */
  resolve<T extends { readonly $ref?: string }>(thing: T): T;
  /** Undefined: it describes none. */
  schemaOf(content: Content | undefined): VendorSchema | undefined;
  /** Why a request's body (undefined: none) is not as described; empty is good. */
  bodyFaults(operation: VendorOperation, body: unknown): readonly string[];
  /** Why an answer is not as described. Most refusals are described nowhere: those are not looked at. */
  answerFaults(operation: VendorOperation, status: number, answer: unknown): readonly string[];
}

/**
 * Undefined where no description is at hand: the environment variable `variable` names a file, which is not there, or none
 * (""). Where it is not set: `usual`, beside the checkout.
 */
export function openVendorDescription(variable: string, usual: string): VendorDescription | undefined {
  const beside = new URL(`../../../shared/specs/${usual}`, import.meta.url);
  const file = process.env[variable] ?? fileURLToPath(beside);
  return file !== "" && existsSync(file) ? describe(readFileSync(file, "utf8")) : undefined;
}

function describe(text: string): VendorDescription {
  const { paths, components } = JSON.parse(text) as Description;
  const faultsBy = createValidator(text);
  const resolve = createResolver(components);
  const schemaOf: VendorDescription["schemaOf"] = (content) => {
    const schema = content && resolve(content).content?.["application/json"]?.schema;
    return schema?.allOf ? whole(schema.allOf.map(resolve)) : schema;
  };
  return {
    templates: Object.keys(paths),
    operation: (method, template) => paths[template]?.[method.toLowerCase()],
    resolve,
    schemaOf,
    bodyFaults: ({ requestBody }, body) => {
      const schema = schemaOf(requestBody);
      if (schema) return faultsBy("sent", schema, body);
      return body === undefined ? [] : ["sent: there is to be no body"];
    },
    answerFaults: ({ responses }, status, answer) => {
      const schema = schemaOf(responses[status]);
      if (schema) return faultsBy("given", schema, answer);
      return responses[status] || status >= 300 ? [] : [`given: ${status} is no answer to that`];
    },
  };
}

/** Of parts that hold all at once, each of which names but its own fields. */
const whole = (parts: readonly VendorSchema[]): VendorSchema => ({
  type: "object",
  properties: Object.fromEntries(parts.flatMap(({ properties = {} }) => Object.entries(properties))),
  required: parts.flatMap(({ required = [] }) => required),
});

const createResolver =
  (components: Description["components"]): VendorDescription["resolve"] =>
  (thing) => {
    const [, , kind = "", name = ""] = thing.$ref?.split("/") ?? [];
    return thing.$ref === undefined ? thing : (components[kind]?.[name] as typeof thing);
  };

type Side = "sent" | "given";

function createValidator(text: string): (side: Side, schema: object, value: unknown) => readonly string[] {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true, logger: false });
  addFormats.default(ajv, ["date-time", "uri"]);
  for (const side of ["sent", "given"] as const) ajv.addSchema(parse(text, side), side);
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>();
  return (side, schema, value) => {
    const name = `${side} ${JSON.stringify(schema)}`;
    const own = JSON.stringify(schema).replaceAll('"#/', `"${side}#/`);
    const validate = compiled.get(name) ?? ajv.compile(parse(own, side));
    compiled.set(name, validate);
    return validate(value) ? [] : linesOf(side, validate.errors);
  };
}

const parse = (schema: string, side: Side): object =>
  JSON.parse(schema, (key, value: unknown) => strictly(key, value, side)) as object;

/** OpenAPI 3.0 as JSON Schema: objects are closed, `nullable` is said in a way that holds beside any keyword. */
function strictly(key: string, value: unknown, side: Side): unknown {
  if (key.startsWith("x-") || (key === "required" && side === "given" && Array.isArray(value)))
    return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { nullable, ...schema } = value as { readonly nullable?: unknown };
  const strict = "properties" in schema ? { additionalProperties: false, ...schema } : schema;
  if (nullable === true) return { anyOf: [strict, { type: "null" }] };
  return { ...strict, ...(nullable !== undefined && { nullable }) };
}
