import type { FastifySchemaValidationError } from "fastify/types/schema.js";
import { containsKey } from "../core/key-format.ts";
import { FORMATS, isFormat } from "./text-formats.ts";

/** What is wrong with one part of a request. Never holds the part's value. */
export interface FieldFault {
  /** A JSON pointer into the body, as a URI fragment (RFC 6901, section 6). */
  readonly pointer?: string;
  /** The name of the query parameter, header or path parameter. */
  readonly parameter?: string;
  readonly detail: string;
}

const MOST_FAULTS = 20;

/** The faults that the validator found in a part of the request (`body`, `querystring`, `headers`, `params`). */
export const describeFaults = (
  errors: readonly FastifySchemaValidationError[],
  part = "body",
): readonly FieldFault[] =>
  errors.slice(0, MOST_FAULTS).map((error) => {
    const path = pathOf(error);
    const detail = describe(error);
    return part === "body" ? { pointer: `#${path}`, detail } : { parameter: path.slice(1), detail };
  });

function pathOf({ instancePath, params }: FastifySchemaValidationError): string {
  const member = params["additionalProperty"] ?? params["missingProperty"];
  const path = typeof member === "string" ? `${instancePath}/${escape(member)}` : instancePath;
  return containsKey(path) ? `${instancePath}/[redacted]` : path;
}

const escape = (member: string): string => encodeURI(member.replaceAll("~", "~0").replaceAll("/", "~1"));

function describe({ keyword, params, message }: FastifySchemaValidationError): string {
  if (keyword === "additionalProperties") return "is not known here";
  if (keyword === "required") return "is required";
  if (keyword === "enum") return `must be one of ${[params["allowedValues"]].flat().join(", ")}`;
  const format = params["format"];
  if (keyword === "format" && typeof format === "string" && isFormat(format)) return FORMATS[format].expects;
  return message ?? "is not valid";
}
