/** One secret of a KV v2 engine: its newest version, and the next one where nobody was quicker. */

import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import { breach, parseAnswer, parseJson, type SchemaOf } from "../../http/answer.ts";
import type { ApiClient, Exchange } from "../../http/api-client.ts";
import { membersOf, objectOf } from "./json-members.ts";
import { isLostRace, refusalOf } from "./vault-dialect.ts";
import { apiPath } from "./vault-place.ts";

export interface VaultSecret {
  /** 0: there was never one. Also of a version that was deleted or destroyed, which has no fields. */
  readonly version: number;
  /** Each value as the JSON text that it has there. */
  readonly fields: Fields;
}

export type Fields = ReadonlyMap<string, string>;

/** Requests to one secrets engine. */
export interface VaultEngine {
  readonly api: ApiClient;
  readonly mount: string;
  /** Before each try of a change that others may overtake. */
  readonly racePausesMs?: readonly number[];
}

const NONE: Fields = new Map();
const NOT_FOUND = 404;
const BAD_REQUEST = 400;

export async function readSecret({ api, mount }: VaultEngine, path: string): Promise<VaultSecret> {
  const exchange = await api.read(apiPath(mount, "data", path), undefined, [NOT_FOUND]);
  const { request, response } = exchange;
  if (response.status === NOT_FOUND) return { version: absentVersion(exchange), fields: NONE };
  const { data } = parseAnswer(READ, response, request);
  const { version } = data.metadata;
  if (data.data === null) return { version, fields: NONE };
  const inner = membersOf(response.body).get("data") ?? "{}";
  return { version, fields: membersOf(membersOf(inner).get("data") ?? "{}") };
}

/** A 404 without errors is about the secret; with errors, about something before it. */
function absentVersion(exchange: Exchange): number {
  const { request, response } = exchange;
  if (parseJson(response.body) === undefined) throw breach(request, response.status, "is not JSON");
  const { data, errors = [] } = parseAnswer(ABSENT, response, request);
  if (errors.length > 0) throw refusalOf(exchange);
  return data?.metadata.version ?? 0;
}

/** `unknown`: nobody knows whether it was carried out. */
export type Written = number | "lost race" | { readonly unknown: KeywrightError };

/** Makes `fields` the next version after `version`: all of them, and nothing else. */
export async function writeSecret(
  { api, mount }: VaultEngine,
  path: string,
  { version, fields }: VaultSecret,
): Promise<Written> {
  const json = `{"options":{"cas":${version}},"data":${objectOf(fields)}}`;
  try {
    const exchange = await api.send({ method: "POST", path: apiPath(mount, "data", path), json }, undefined, [
      BAD_REQUEST,
    ]);
    const { request, response } = exchange;
    if (isLostRace(response)) return "lost race";
    if (response.status === BAD_REQUEST) throw refusalOf(exchange);
    const written = parseAnswer(WRITTEN, response, request).data.version;
    if (written === version + 1) return written;
    throw breach(request, response.status, "is about another version");
  } catch (error) {
    return { unknown: doubtOf(error) };
  }
}

/** Throws what is certain. */
export function doubtOf(error: unknown): KeywrightError {
  if (isKeywrightError(error, "STORE_OUTCOME_UNKNOWN") || isKeywrightError(error, "STORE_CONTRACT"))
    return error;
  throw error;
}

const OBJECT = { type: "object" };
const METADATA = {
  type: "object",
  required: ["version"],
  properties: { version: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER } },
};

interface Metadata {
  readonly version: number;
}

const READ: SchemaOf<{ readonly data: { readonly data: object | null; readonly metadata: Metadata } }> =
  Object.freeze({
    type: "object",
    required: ["data"],
    properties: {
      data: {
        type: "object",
        required: ["data", "metadata"],
        properties: { data: { type: ["object", "null"] }, metadata: METADATA },
      },
    },
  });

const ABSENT: SchemaOf<{
  readonly data?: { readonly metadata: Metadata } | null;
  readonly errors?: readonly string[];
}> = Object.freeze({
  ...OBJECT,
  anyOf: [{ required: ["errors"] }, { required: ["data"] }],
  properties: {
    errors: { type: "array", items: { type: "string" } },
    data: { type: ["object", "null"], required: ["metadata"], properties: { metadata: METADATA } },
  },
});

const WRITTEN: SchemaOf<{ readonly data: Metadata }> = Object.freeze({
  type: "object",
  required: ["data"],
  properties: { data: METADATA },
});
