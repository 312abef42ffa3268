/** All keys of a Cortex workspace, page by page, each once. */

import { KeywrightError } from "../../core/error.ts";
import type { LiveKey } from "../../core/live.ts";
import type { Clock } from "../../core/ports.ts";
import type { RoleRef } from "../../core/role-ref.ts";
import { parseAnswer } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import {
  type CortexKeyAnswer,
  type CortexKeyPage,
  type CortexRoleAnswer,
  KEY_PAGE,
} from "./cortex-answers.ts";
import { type Reading, readSteadily } from "../steady-reading.ts";
import { splitMarker } from "../text-marker.ts";

const PAGE_SIZE = 1000;

/** See `readSteadily` for what is made of pages that shift, and of fewer keys than the store counts. */
export async function* listCortexKeys(
  client: ApiClient,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<LiveKey> {
  const now = clock.now().getTime();
  for await (const key of readSteadily(() => readPages(client, signal), "Cortex"))
    yield buildLiveKey(key, now);
}

async function readPages(
  client: ApiClient,
  signal: AbortSignal | undefined,
): Promise<Reading<CortexKeyAnswer>> {
  const items = new Map<string, CortexKeyAnswer>();
  for (let pages = 1; ; pages += 1) {
    const { apiKeys, total, totalPages } = await readPage(client, pages - 1, signal);
    const before = items.size;
    for (const key of apiKeys) items.set(key.cid, key);
    // A count that is too low says nothing of the end; a page that brings nothing new does, whatever is counted.
    const isLast = pages >= totalPages && items.size <= total;
    if (isLast || items.size === before) return { items, total, pages };
  }
}

async function readPage(
  client: ApiClient,
  number: number,
  signal: AbortSignal | undefined,
): Promise<CortexKeyPage> {
  const path = `/api/v1/auth/key?pageSize=${PAGE_SIZE}&page=${number}`;
  const { request, response } = await client.read(path, signal);
  return parseAnswer(KEY_PAGE, response, request);
}

/** `now` in milliseconds of the epoch. */
export function buildLiveKey(key: CortexKeyAnswer, now: number): LiveKey {
  const { cid, last4, roles, name, expirationDate } = key;
  const expiresAt = expirationDate ? instantOf(expirationDate) : undefined;
  return {
    kind: "ApiKey",
    id: cid,
    displayName: name ?? "",
    ...splitMarker(key.description ?? ""),
    labels: {},
    roles: roles.map(buildRole),
    last4,
    createdAt: instantOf(key.createdDate),
    ...(expiresAt !== undefined && { expiresAt }),
    status: expiresAt !== undefined && Date.parse(expiresAt) <= now ? "expired" : "active",
    securityLevel: "standard",
  };
}

/** A key that was made in the user interface may have roles that the API cannot give. */
const buildRole = ({ type, role, tag }: CortexRoleAnswer): RoleRef =>
  type === "CUSTOM" ? { type: "custom", tag: tag ?? "" } : { type: "default", role: role ?? type };

/** ISO 8601 with any offset → UTC. */
export function instantOf(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new KeywrightError("STORE_CONTRACT", "Cortex answered a date that cannot be read.");
  return new Date(at).toISOString();
}
