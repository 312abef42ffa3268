import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { FastifyRouteSchemaDef } from "fastify/types/schema.js";
import { FORMATS } from "./text-formats.ts";

/**
 * Compiles the schemas of requests. Strict: a value of the wrong type is a fault and not converted, an unknown
 * field is a fault and not dropped (Fastify's defaults would do both).
 */
export function createRequestValidator(): (route: FastifyRouteSchemaDef<object>) => ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    allowUnionTypes: true,
    validateSchema: false,
  });
  for (const [name, { validate }] of Object.entries(FORMATS)) ajv.addFormat(name, validate);
  return ({ schema }) => ajv.compile(schema);
}
