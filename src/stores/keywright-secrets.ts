/** Secrets of our own key store (`/v1/secrets`): values go in and never come out. */

import { KeywrightError } from "../core/error.ts";
import type { LiveSecret } from "../core/live.ts";
import type { CreateSecretRequest, Minted, UpdateRequest } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { ApiClient } from "../http/api-client.ts";
import { parseAnswer, type SchemaOf } from "../http/answer.ts";

const SECRETS = "/v1/secrets";
const PAGE_SIZE = 1000;

interface SecretAnswer {
  readonly id: string;
  readonly tag: string;
  readonly name: string;
}

interface SecretPage {
  readonly secrets: readonly SecretAnswer[];
  readonly nextCursor: string | null;
}

const TEXT = { type: "string", minLength: 1 };
const SECRET: SchemaOf<SecretAnswer> = Object.freeze({
  type: "object",
  required: ["id", "tag", "name"],
  properties: { id: TEXT, tag: TEXT, name: { type: "string" } },
});
const SECRET_PAGE: SchemaOf<SecretPage> = Object.freeze({
  type: "object",
  required: ["secrets", "nextCursor"],
  properties: { secrets: { type: "array", items: SECRET }, nextCursor: { type: ["string", "null"] } },
});

/** Each once, also when some come and go between two pages. */
export async function* listSecrets(client: ApiClient, signal?: AbortSignal): AsyncGenerator<LiveSecret> {
  const seen = new Set<string>();
  const cursors = new Set<string>();
  for (let cursor: string | null = ""; cursor !== null;) {
    const place: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { request, response } = await client.read(`${SECRETS}?limit=${PAGE_SIZE}${place}`, signal);
    const page: SecretPage = parseAnswer(SECRET_PAGE, response, request);
    for (const { id, tag, name } of page.secrets) {
      if (!seen.has(id)) yield { kind: "Secret", id, tag, displayName: name };
      seen.add(id);
    }
    cursor = page.nextCursor;
    if (cursor !== null && cursors.has(cursor)) throw endless();
    if (cursor !== null) cursors.add(cursor);
  }
}

export async function createSecret(
  client: ApiClient,
  { tag, displayName, value }: CreateSecretRequest,
  signal?: AbortSignal,
): Promise<Minted> {
  const body = { tag, name: displayName, ...valueOf(value) };
  const { request, response } = await client.send({ method: "POST", path: SECRETS, body }, signal);
  return { id: parseAnswer(SECRET, response, request).id };
}

export async function updateSecret(
  client: ApiClient,
  { id, displayName, value }: Extract<UpdateRequest, { kind: "Secret" }>,
  signal?: AbortSignal,
): Promise<void> {
  const body = { ...(displayName !== undefined && { name: displayName }), ...valueOf(value) };
  const { request, response } = await client.send({ method: "PATCH", path: secretPath(id), body }, signal);
  parseAnswer(SECRET, response, request);
}

export const secretPath = (id: string): string => `${SECRETS}/${encodeURIComponent(id)}`;

const valueOf = (value: Secret | undefined): { readonly value?: string } =>
  value ? { value: value.reveal() } : {};

const endless = (): KeywrightError =>
  new KeywrightError("STORE_INCOMPLETE", "The store's list of secrets runs in a circle: a page came twice.", {
    hint: "Run again; if it stays so, the server or a proxy before it is faulty.",
  });
