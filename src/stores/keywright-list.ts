/** Readings of the native API as live things. */

import { KeywrightError } from "../core/error.ts";
import type { LiveKey, LivePolicy, LiveRole } from "../core/live.ts";
import { parseAnswer } from "../http/answer.ts";
import type { ApiClient } from "../http/api-client.ts";
import {
  KEY_PAGE_ANSWER,
  type KeyAnswer,
  type KeyPageAnswer,
  POLICY_ANSWER,
  ROLE_LIST_ANSWER,
} from "./keywright-answers.ts";
import { splitLabels } from "./marker-labels.ts";

const PAGE_SIZE = 1000;

/** Each key once, also when keys come and go between two pages. */
export async function* listKeys(
  client: ApiClient,
  maxPageSize: number,
  signal?: AbortSignal,
): AsyncGenerator<LiveKey> {
  const seen = new Set<string>();
  const cursors = new Set<string>();
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: KeyPageAnswer = await readPage(client, Math.min(PAGE_SIZE, maxPageSize), cursor, signal);
    for (const key of page.keys) {
      if (!seen.has(key.id)) yield buildLiveKey(key);
      seen.add(key.id);
    }
    cursor = page.nextCursor;
    if (cursor !== null && cursors.has(cursor)) throw endless();
    if (cursor !== null) cursors.add(cursor);
  }
}

export async function* listRoles(client: ApiClient, signal?: AbortSignal): AsyncGenerator<LiveRole> {
  const { request, response } = await client.read("/v1/roles", signal);
  for (const role of parseAnswer(ROLE_LIST_ANSWER, response, request).roles) {
    if (role.type === "default") continue;
    const { tag: name, displayName, description, permissions, instance } = role;
    yield {
      kind: "Role",
      name,
      displayName,
      description,
      permissions,
      ...(instance === null ? {} : { instance }),
    };
  }
}

/** The store's one policy. */
export async function* readPolicy(client: ApiClient, signal?: AbortSignal): AsyncGenerator<LivePolicy> {
  const { request, response } = await client.read("/v1/policy", signal);
  const policy = parseAnswer(POLICY_ANSWER, response, request);
  const { requireExpiration, maxLifetimeDays, allowedRoles } = policy;
  yield {
    kind: "SecurityPolicy",
    requireExpiration,
    ...(maxLifetimeDays === null ? {} : { maxLifetimeDays }),
    ...(allowedRoles === null ? {} : { allowedRoles }),
  };
}

async function readPage(
  client: ApiClient,
  limit: number,
  cursor: string,
  signal?: AbortSignal,
): Promise<KeyPageAnswer> {
  const place = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  const path = `/v1/keys?limit=${limit}&status=pending,active,expired${place}`;
  const { request, response } = await client.read(path, signal);
  return parseAnswer(KEY_PAGE_ANSWER, response, request);
}

function buildLiveKey(key: KeyAnswer): LiveKey {
  const { id, description, roles, last4, createdAt, status, securityLevel } = key;
  return {
    kind: "ApiKey",
    id,
    displayName: key.name,
    description,
    ...(key.owner === null ? {} : { owner: key.owner }),
    ...splitLabels(key.labels),
    roles,
    // Whoever puts more there does not get it shown.
    last4: last4.slice(-4),
    createdAt,
    ...(key.expiresAt === null ? {} : { expiresAt: key.expiresAt }),
    status,
    securityLevel,
  };
}

const endless = (): KeywrightError =>
  new KeywrightError("STORE_INCOMPLETE", "The store's list of keys runs in a circle: a page came twice.", {
    hint: "Run again; if it stays so, the server or a proxy before it is faulty.",
  });
