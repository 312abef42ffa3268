/** Secrets of a Cortex workspace, as things that a store manages. */

import type { LiveSecret } from "../../core/live.ts";
import type { CreateSecretRequest, Minted, UpdateRequest } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import type { SchemaOf } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import {
  CORTEX_SECRET,
  CORTEX_SECRETS,
  type CortexSecretAnswer,
  postCortexSecret,
  putCortexSecret,
} from "../../http/cortex-secrets-api.ts";
import { readSteadily } from "../steady-reading.ts";
import { type PagedList, readPages } from "./read-pages.ts";

interface SecretPage {
  readonly secrets: readonly CortexSecretAnswer[];
  readonly total: number;
  readonly totalPages: number;
}

const COUNT = { type: "integer", minimum: 0 };
const SECRET_PAGE: SchemaOf<SecretPage> = Object.freeze({
  type: "object",
  required: ["secrets", "total", "totalPages"],
  properties: { secrets: { type: "array", items: CORTEX_SECRET }, total: COUNT, totalPages: COUNT },
});

const LIST: PagedList<CortexSecretAnswer, SecretPage> = {
  path: CORTEX_SECRETS,
  schema: SECRET_PAGE,
  itemsOf: ({ secrets }) => secrets,
  idOf: ({ id }) => id,
};

/** Each once. Throws STORE_INCOMPLETE as the list of keys does. */
export async function* listCortexSecrets(
  client: ApiClient,
  signal?: AbortSignal,
): AsyncGenerator<LiveSecret> {
  const read = readSteadily(() => readPages(client, LIST, signal), "Cortex", "secrets");
  for await (const { id, tag, name } of read) yield { kind: "Secret", id, tag, displayName: name ?? "" };
}

export async function createCortexSecret(
  client: ApiClient,
  { tag, displayName, value }: CreateSecretRequest,
  signal?: AbortSignal,
): Promise<Minted> {
  const body = { name: displayName, tag, secret: value.reveal() };
  const { id } = await postCortexSecret(client, body, signal);
  return { id };
}

export async function updateCortexSecret(
  client: ApiClient,
  { id, displayName, value }: Extract<UpdateRequest, { kind: "Secret" }>,
  signal?: AbortSignal,
): Promise<void> {
  const body = { ...(displayName !== undefined && { name: displayName }), ...valueOf(value) };
  await putCortexSecret(client, id, body, signal);
}

const valueOf = (value: Secret | undefined): { readonly secret?: string } =>
  value ? { secret: value.reveal() } : {};
