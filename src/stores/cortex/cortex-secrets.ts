/** Secrets of a Cortex workspace (REST API v1, `/api/v1/secrets`): values go in and never come out. */

import type { LiveSecret } from "../../core/live.ts";
import type { CreateSecretRequest, Minted, UpdateRequest } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { breach, parseAnswer, parseJson, type SchemaOf } from "../../http/answer.ts";
import { type Reading, readSteadily } from "../steady-reading.ts";

const SECRETS = "/api/v1/secrets";
const PAGE_SIZE = 1000;
const GONE = 404;

interface SecretAnswer {
  readonly id: string;
  readonly tag: string;
  readonly name?: string | null;
}

interface SecretPage {
  readonly secrets: readonly SecretAnswer[];
  readonly total: number;
  readonly totalPages: number;
}

const TEXT = { type: "string", minLength: 1 };
const COUNT = { type: "integer", minimum: 0 };
const SECRET: SchemaOf<SecretAnswer> = Object.freeze({
  type: "object",
  required: ["id", "tag"],
  properties: { id: TEXT, tag: TEXT, name: { type: ["string", "null"] } },
});
const SECRET_PAGE: SchemaOf<SecretPage> = Object.freeze({
  type: "object",
  required: ["secrets", "total", "totalPages"],
  properties: { secrets: { type: "array", items: SECRET }, total: COUNT, totalPages: COUNT },
});

/** Each once. Throws STORE_INCOMPLETE as the list of keys does. */
export async function* listCortexSecrets(
  client: ApiClient,
  signal?: AbortSignal,
): AsyncGenerator<LiveSecret> {
  for await (const { id, tag, name } of readSteadily(() => readPages(client, signal), "Cortex", "secrets"))
    yield { kind: "Secret", id, tag, displayName: name ?? "" };
}

async function readPages(client: ApiClient, signal?: AbortSignal): Promise<Reading<SecretAnswer>> {
  const items = new Map<string, SecretAnswer>();
  for (let number = 0; ; number += 1) {
    const path = `${SECRETS}?pageSize=${PAGE_SIZE}&page=${number}`;
    const { request, response } = await client.read(path, signal);
    const { secrets, total, totalPages } = parseAnswer(SECRET_PAGE, response, request);
    for (const secret of secrets) items.set(secret.id, secret);
    if (secrets.length === 0 || number + 1 >= totalPages) return { items, total, pages: number + 1 };
  }
}

export async function createCortexSecret(
  client: ApiClient,
  { tag, displayName, value }: CreateSecretRequest,
  signal?: AbortSignal,
): Promise<Minted> {
  const body = { name: displayName, tag, ...valueOf(value) };
  const { request, response } = await client.send({ method: "POST", path: SECRETS, body }, signal);
  return { id: parseAnswer(SECRET, response, request).id };
}

export async function updateCortexSecret(
  client: ApiClient,
  { id, displayName, value }: Extract<UpdateRequest, { kind: "Secret" }>,
  signal?: AbortSignal,
): Promise<void> {
  const body = { name: displayName, ...valueOf(value) };
  const { request, response } = await client.send({ method: "PUT", path: pathOf(id), body }, signal);
  parseAnswer(SECRET, response, request);
}

export async function revokeCortexSecret(client: ApiClient, id: string, signal?: AbortSignal): Promise<void> {
  const deletion = { method: "DELETE", path: pathOf(id) } as const;
  const { request, response } = await client.send(deletion, signal, [GONE]);
  // A login page before the API says 200 to everything.
  if (response.status !== GONE && response.body.trim() !== "" && parseJson(response.body) === undefined)
    throw breach(request, response.status, "is not what the API gives");
}

const valueOf = (value: Secret | undefined): { readonly secret?: string } =>
  value ? { secret: value.reveal() } : {};

const pathOf = (id: string): string => `${SECRETS}/${encodeURIComponent(id)}`;
