/** All keys of a Cortex Cloud tenant, page by page, each once; and one key by its id. */

import { type ErrorCode, isKeywrightError } from "../../core/error.ts";
import type { KeyScope } from "../../core/key-scope.ts";
import type { LiveKey } from "../../core/live.ts";
import type { Clock, Wanted } from "../../core/ports.ts";
import { parseAnswer } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { type Reading, readSteadily } from "../steady-reading.ts";
import { splitMarker } from "../text-marker.ts";
import { KEY_PAGE, type KeyRecordAnswer, ONE_KEY } from "./cortex-cloud-answers.ts";
import { readScope } from "./cortex-cloud-scope.ts";

/** The largest that the vendor's samples ask for: what it allows is not told. */
export const PAGE_SIZE = 100;

/** Keys whose scope is `wanted` come with it: one more request each. */
export async function* listCloudKeys(
  client: ApiClient,
  clock: Clock,
  signal?: AbortSignal,
  wanted?: Wanted,
): AsyncGenerator<LiveKey> {
  const records = readSteadily(() => readPages(client, signal), "Cortex Cloud");
  const now = clock.now().getTime();
  for await (const record of records) {
    const key = buildLiveKey(record, now);
    const scope = wanted?.hasScope(key) ? await scopeOf(client, key.id, signal) : undefined;
    yield scope ? { ...key, scope } : key;
  }
}

/** What an answer says of one key, and nothing of the next. */
const OF_THE_KEY: ReadonlySet<ErrorCode> = new Set([
  "STORE_CONFLICT",
  "STORE_CONTRACT",
  "STORE_FORBIDDEN",
  "STORE_REJECTED",
]);

/** Undefined for a key that went meanwhile, and for one whose scope the tenant does not tell: the other keys go on. */
async function scopeOf(client: ApiClient, id: string, signal?: AbortSignal): Promise<KeyScope | undefined> {
  try {
    return await readScope(client, id, signal);
  } catch (error) {
    if (isKeywrightError(error) && OF_THE_KEY.has(error.code)) return undefined;
    throw error;
  }
}

/** STORE_CONFLICT when there is none. */
export async function readCloudKey(
  client: ApiClient,
  clock: Clock,
  id: string,
  signal?: AbortSignal,
): Promise<LiveKey> {
  const { request, response } = await client.read(`/platform/iam/v1/api-key/${id}`, signal);
  return buildLiveKey(parseAnswer(ONE_KEY, response, request).data, clock.now().getTime());
}

async function readPages(
  client: ApiClient,
  signal: AbortSignal | undefined,
): Promise<Reading<KeyRecordAnswer>> {
  const items = new Map<string, KeyRecordAnswer>();
  for (let from = 0, pages = 1; ; pages += 1) {
    const { records, total } = await readPage(client, from, signal);
    const before = items.size;
    for (const record of records) items.set(String(record.id), record);
    // Whether a page includes the last position that was asked for is not told: what it brought counts.
    from += records.length;
    // A count that is too low says nothing of the end.
    const isAll = from >= total && items.size === total;
    if (isAll || items.size === before) return { items, total, pages };
  }
}

interface Page {
  readonly records: readonly KeyRecordAnswer[];
  readonly total: number;
}

/** Without filters both counts are of all keys: the greater one is what must be seen. */
async function readPage(client: ApiClient, from: number, signal: AbortSignal | undefined): Promise<Page> {
  const paging = { search_from: from, search_to: from + PAGE_SIZE };
  const sort = { field: "expiration", keyword: "desc" };
  const { request, response } = await client.read(
    {
      method: "POST",
      path: "/public_api/v1/api_keys/get_api_keys",
      body: { request_data: { filters: [], ...paging, sort } },
    },
    signal,
  );
  const { reply } = parseAnswer(KEY_PAGE, response, request);
  const counts = [reply.FILTER_COUNT, reply.filter_count, reply.TOTAL_COUNT, reply.total_count];
  return { records: reply.DATA ?? reply.data ?? [], total: Math.max(...counts.map((count = 0) => count)) };
}

function buildLiveKey(record: KeyRecordAnswer, now: number): LiveKey {
  const { id, creation_time: createdAt, roles, security_level: level, comment, expiration } = record;
  const hasEnd = expiration !== undefined && expiration !== null;
  return {
    kind: "ApiKey",
    id: String(id),
    // There is no name: the comment is all that people can write.
    displayName: "",
    ...splitMarker(comment ?? ""),
    labels: {},
    roles: (roles ?? []).map((role) => ({ type: "default", role })),
    createdAt: new Date(createdAt).toISOString(),
    ...(hasEnd && { expiresAt: new Date(expiration).toISOString() }),
    status: hasEnd && expiration <= now ? "expired" : "active",
    securityLevel: /^advanced$/i.test(level) ? "advanced" : "standard",
  };
}
