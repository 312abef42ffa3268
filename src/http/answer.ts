/** Checks what a store answered before anything believes it. */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { KeywrightError } from "../core/error.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

/** A JSON Schema whose values have the type `T`. */
export type SchemaOf<T> = object & { readonly "x-type"?: T };

let ajv: Ajv2020 | undefined;
const validators = new Map<object, ValidateFunction>();

/** The JSON of an answer with the shape of `schema`. Throws STORE_CONTRACT, which says where it differs. */
export function parseAnswer<T>(schema: SchemaOf<T>, response: HttpResponse, request: HttpRequest): T {
  const value = parseJson(response.body);
  if (value === undefined) {
    throw breach(
      request,
      response.status,
      isWebPage(response) ? "is a web page; it is not JSON" : "is not JSON",
    );
  }
  const validate = validatorOf(schema);
  if (validate(value)) return value as T;
  const fault = validate.errors?.[0];
  throw breach(
    request,
    response.status,
    `has another shape: ${fault?.instancePath || "/"} ${fault?.message ?? ""}`,
  );
}

/** An answer that breaks the API's contract. */
export const breach = ({ method, path }: HttpRequest, status: number, how: string): KeywrightError =>
  new KeywrightError(
    "STORE_CONTRACT",
    `The store's answer (${status}) to ${method} ${path.replace(/\?.*$/, "")} ${how}.`,
    {
      hint: "Check that store.url is the API that store.driver says, of a release that fits this one, and no proxy or login page.",
    },
  );

/** Whether this is for a browser: of a proxy, a login, or of a host that has no API. */
export const isWebPage = ({ headers, body }: HttpResponse): boolean =>
  /^\s*<(!doctype html|html)\b/i.test(body) ||
  (body.trim() !== "" && /^text\/html\b/i.test(headers["content-type"] ?? ""));

/** Undefined when `text` is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  // Unknown fields may come with a newer server.
  ajv ??= new Ajv2020({ allowUnionTypes: true, validateSchema: false });
  const validator = ajv.compile(schema);
  validators.set(schema, validator);
  return validator;
}
