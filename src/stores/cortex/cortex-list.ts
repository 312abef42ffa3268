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
import { splitMarker } from "../text-marker.ts";

const PAGE_SIZE = 1000;
const TRIES = 4;

/**
 * Pages shift when keys come and go between them: of several pages, two readings in a row must agree. Fewer keys than
 * the store counts is STORE_INCOMPLETE, never "the keys are gone".
 */
export async function* listCortexKeys(
  client: ApiClient,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<LiveKey> {
  let reading = await readPages(client, signal);
  let isSteady = reading.pages <= 1;
  for (let tries = 1; !isSteady && tries < TRIES; tries += 1) {
    const next = await readPages(client, signal);
    isSteady = isAlike(reading, next);
    reading = next;
  }
  const { keys, total } = reading;
  const now = clock.now().getTime();
  for (const key of keys.values()) yield buildLiveKey(key, now);
  if (!isSteady || keys.size < total) throw incomplete(keys.size, total);
}

interface Reading {
  readonly keys: ReadonlyMap<string, CortexKeyAnswer>;
  readonly total: number;
  readonly pages: number;
}

const isAlike = (a: Reading, b: Reading): boolean =>
  a.total === b.total && a.keys.size === b.keys.size && [...a.keys.keys()].every((cid) => b.keys.has(cid));

async function readPages(client: ApiClient, signal: AbortSignal | undefined): Promise<Reading> {
  const keys = new Map<string, CortexKeyAnswer>();
  for (let number = 0; ; number += 1) {
    const { apiKeys, total, totalPages } = await readPage(client, number, signal);
    for (const key of apiKeys) keys.set(key.cid, key);
    if (apiKeys.length === 0 || number + 1 >= totalPages) return { keys, total, pages: number + 1 };
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

function buildLiveKey(key: CortexKeyAnswer, now: number): LiveKey {
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

const incomplete = (seen: number, total: number): KeywrightError =>
  new KeywrightError(
    "STORE_INCOMPLETE",
    `Cortex listed ${seen} of ${total} keys, or they changed meanwhile.`,
    {
      hint: "Run again; if it stays so, look whether something makes or deletes keys all the time.",
    },
  );
