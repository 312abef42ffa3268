/** The parts of the API description that its routes share: credentials and errors. */

import { CORTEX_PREFIX } from "../facades/cortex/cortex-facade.ts";
import { isCloudUrl } from "../facades/cortex-cloud/cloud-error.ts";
import { PROBLEMS } from "../problem.ts";

export type Json = Readonly<Record<string, unknown>>;
export type ApiKind = "native" | "cortex" | "cortex-cloud";

export function apiKindOf(path: string): ApiKind {
  if (path.startsWith(`${CORTEX_PREFIX}/`)) return "cortex";
  return isCloudUrl(path) ? "cortex-cloud" : "native";
}

const header = (name: string, description: string) => ({ type: "apiKey", in: "header", name, description });

export const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", description: "An API key or a personal token of this store." },
  cloudKey: header("Authorization", "The key itself, or an advanced key's signature: no scheme before it."),
  cloudKeyId: header("x-xdr-auth-id", "The key's number."),
  cloudNonce: header("x-xdr-nonce", "For an advanced key: 64 random letters and digits, new each time."),
  cloudTimestamp: header("x-xdr-timestamp", "For an advanced key: Unix time in milliseconds."),
} as const;

const TEXT = { type: "string" };
const FAULT = {
  type: "object",
  properties: { pointer: TEXT, parameter: TEXT, detail: TEXT },
  required: ["detail"],
};

export const SCHEMAS = {
  Problem: {
    description: "RFC 9457. `errors` points into the body, or names a parameter.",
    type: "object",
    required: ["type", "title", "status"],
    properties: {
      type: { type: "string", format: "uri", enum: Object.keys(PROBLEMS).map(uriOf) },
      title: TEXT,
      status: { type: "integer" },
      detail: TEXT,
      rule: TEXT,
      errors: { type: "array", items: FAULT },
    },
  },
  TooManyRequests: {
    type: "object",
    required: ["type", "title", "status"],
    properties: {
      type: TEXT,
      title: TEXT,
      status: { const: 429 },
      detail: TEXT,
      retryAfter: { type: "integer" },
    },
  },
  CortexError: {
    type: "object",
    required: ["message", "type"],
    properties: {
      message: TEXT,
      type: TEXT,
      details: TEXT,
      requestId: TEXT,
      httpStatus: { type: "integer" },
    },
  },
  CortexCloudError: {
    description: "In the vendor's envelopes: `reply`, `data`, or `data.reply`.",
    type: "object",
    properties: { reply: { type: "object" }, data: { type: "object" } },
  },
} as const;

function uriOf(kind: string): string {
  return `https://keywright.dev/problems/${kind}`;
}

const WORDS: Readonly<Record<string, string>> = {
  "400": "The request is not valid.",
  "401": "No valid credential; why it is not valid is not told.",
  "403": "The caller, or its address, may not do this.",
  "404": "There is nothing here.",
  "429": "Too many invalid credentials, or requests; `Retry-After` says when to come back.",
  default: "Anything else that went wrong.",
};

/** Media type and schema of each API's errors. */
const ERRORS = {
  native: ["application/problem+json", "Problem"],
  cortex: ["application/json", "CortexError"],
  "cortex-cloud": ["application/json", "CortexCloudError"],
} as const satisfies Readonly<Record<ApiKind, readonly [string, keyof typeof SCHEMAS]>>;

const TOO_MANY = ["application/problem+json", "TooManyRequests"] as const;
const RETRY_AFTER = { "Retry-After": { description: "In seconds.", schema: { type: "integer" } } };

/** `status`: one of `WORDS`. */
export const responseName = (kind: ApiKind, status: string): string => `${ERRORS[kind][1]}-${status}`;

export const RESPONSES: Json = Object.fromEntries(
  (Object.keys(ERRORS) as ApiKind[]).flatMap((kind) =>
    Object.entries(WORDS).map(([status, description]) => [
      responseName(kind, status),
      { description, ...(status === "429" && { headers: RETRY_AFTER }), content: contentOf(kind, status) },
    ]),
  ),
);

function contentOf(kind: ApiKind, status: string): Json {
  // The one error that is a problem in the Cortex API too.
  const [type, schema] = kind === "cortex" && status === "429" ? TOO_MANY : ERRORS[kind];
  return { [type]: { schema: { $ref: `#/components/schemas/${schema}` } } };
}
