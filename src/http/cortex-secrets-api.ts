/** Secrets of a Cortex workspace (REST API v1, `/api/v1/secrets`): values go in and never come out. */

import { breach, parseAnswer, parseJson, type SchemaOf } from "./answer.ts";
import type { ApiClient } from "./api-client.ts";

export const CORTEX_SECRETS = "/api/v1/secrets";
const GONE = 404;

/** What Cortex tells of a secret. */
export interface CortexSecretAnswer {
  readonly id: string;
  readonly tag: string;
  readonly name?: string | null;
}

const TEXT = { type: "string", minLength: 1 };
export const CORTEX_SECRET: SchemaOf<CortexSecretAnswer> = Object.freeze({
  type: "object",
  required: ["id", "tag"],
  properties: { id: TEXT, tag: TEXT, name: { type: ["string", "null"] } },
});

export interface NewCortexSecret {
  readonly name: string;
  readonly tag: string;
  /** The value. */
  readonly secret: string;
}

/** STORE_CONFLICT when there is none. */
export async function readCortexSecret(client: ApiClient, tagOrId: string): Promise<CortexSecretAnswer> {
  const { request, response } = await client.read(pathOf(tagOrId));
  const secret = parseAnswer(CORTEX_SECRET, response, request);
  if (secret.tag === tagOrId || secret.id === tagOrId) return secret;
  throw breach(request, response.status, "is about another secret");
}

/** STORE_REJECTED when the tag is taken. Never repeated. */
export async function postCortexSecret(
  client: ApiClient,
  body: NewCortexSecret,
  signal?: AbortSignal,
): Promise<CortexSecretAnswer> {
  const creation = { method: "POST", path: CORTEX_SECRETS, body } as const;
  const { request, response } = await client.send(creation, signal);
  return parseAnswer(CORTEX_SECRET, response, request);
}

/** What is absent stays. STORE_CONFLICT when there is none. */
export async function putCortexSecret(
  client: ApiClient,
  tagOrId: string,
  body: Partial<Omit<NewCortexSecret, "tag">>,
  signal?: AbortSignal,
): Promise<void> {
  const change = { method: "PUT", path: pathOf(tagOrId), body } as const;
  const { request, response } = await client.send(change, signal);
  parseAnswer(CORTEX_SECRET, response, request);
}

/** What is already gone is success. */
export async function deleteCortexSecret(
  client: ApiClient,
  tagOrId: string,
  signal?: AbortSignal,
): Promise<void> {
  const deletion = { method: "DELETE", path: pathOf(tagOrId) } as const;
  const { request, response } = await client.send(deletion, signal, [GONE]);
  // A login page before the API says 200 to everything.
  if (response.status !== GONE && response.body.trim() !== "" && parseJson(response.body) === undefined)
    throw breach(request, response.status, "is not what the API gives");
}

const pathOf = (tagOrId: string): string => `${CORTEX_SECRETS}/${encodeURIComponent(tagOrId)}`;
