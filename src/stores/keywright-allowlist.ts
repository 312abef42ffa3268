/** The IP allowlist of our own key store (`/v1/ip-allowlist`). */

import type { AllowlistEntry } from "../core/desired.ts";
import type { LiveAllowlist } from "../core/live.ts";
import type { ApiClient } from "../http/api-client.ts";
import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import { liveAllowlist } from "./live-allowlist.ts";

const ALLOWLIST = "/v1/ip-allowlist";

interface EntryList {
  readonly entries: readonly { readonly address: string; readonly description: string }[];
}

const TEXT = { type: "string" };
const ENTRIES: SchemaOf<EntryList> = Object.freeze({
  type: "object",
  required: ["entries"],
  properties: {
    entries: {
      type: "array",
      items: {
        type: "object",
        required: ["address", "description"],
        properties: { address: TEXT, description: TEXT },
      },
    },
  },
});

/** The store's one list. */
export async function* readAllowlist(client: ApiClient, signal?: AbortSignal): AsyncGenerator<LiveAllowlist> {
  const { request, response } = await client.read(ALLOWLIST, signal);
  yield liveAllowlist(parseAnswer(ENTRIES, response, request).entries);
}

/** Never with `force`: the store refuses, as STORE_CONFLICT, a list that would lock the caller out. */
export async function replaceAllowlist(
  client: ApiClient,
  entries: readonly AllowlistEntry[],
  signal?: AbortSignal,
): Promise<void> {
  const mutation = { method: "PUT", path: ALLOWLIST, body: { entries } } as const;
  const { request, response } = await client.send(mutation, signal);
  parseAnswer(ENTRIES, response, request);
}
