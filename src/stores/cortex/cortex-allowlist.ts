/** The IP allowlist of a Cortex workspace (REST API v1, `/api/v1/ip-allowlist`). */

import type { AllowlistEntry } from "../../core/desired.ts";
import { KeywrightError } from "../../core/error.ts";
import type { LiveAllowlist } from "../../core/live.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import { oneLine } from "../../http/one-line.ts";
import { liveAllowlist } from "../live-allowlist.ts";
import { readSteadily } from "../steady-reading.ts";
import { type PagedList, readPages } from "./read-pages.ts";

const ALLOWLIST = "/api/v1/ip-allowlist";

interface EntryAnswer {
  readonly address: string;
  readonly description?: string | null;
  readonly valid?: boolean;
  readonly error?: string | null;
}

interface EntryList {
  readonly entries: readonly EntryAnswer[];
  /** Where it comes in pages. */
  readonly total?: number;
  readonly totalPages?: number;
}

const TEXT_OR_NULL = { type: ["string", "null"] };
const COUNT = { type: "integer", minimum: 0 };
const ENTRIES: SchemaOf<EntryList> = Object.freeze({
  type: "object",
  required: ["entries"],
  properties: {
    entries: {
      type: "array",
      items: {
        type: "object",
        required: ["address"],
        properties: {
          address: { type: "string" },
          description: TEXT_OR_NULL,
          valid: { type: "boolean" },
          error: TEXT_OR_NULL,
        },
      },
    },
    total: COUNT,
    totalPages: COUNT,
  },
});

const LIST: PagedList<EntryAnswer, EntryList> = {
  path: ALLOWLIST,
  schema: ENTRIES,
  itemsOf: ({ entries }) => entries,
  idOf: ({ address }) => address,
};

/** The whole of it: a part would look like entries that somebody took away. Throws STORE_INCOMPLETE. */
export async function readCortexAllowlist(client: ApiClient, signal?: AbortSignal): Promise<LiveAllowlist> {
  const entries: EntryAnswer[] = [];
  for await (const entry of readSteadily(
    () => readPages(client, LIST, signal),
    "Cortex",
    "IP allowlist entries",
  ))
    entries.push(entry);
  return liveAllowlist(entries);
}

/** Never with `force`: the store's own look at who would be locked out stands. STORE_REJECTED when it objects. */
export async function replaceCortexAllowlist(
  client: ApiClient,
  entries: readonly AllowlistEntry[],
  signal?: AbortSignal,
): Promise<void> {
  const body = { entries: entries.map(buildEntry) };
  const check = await client.read({ method: "POST", path: `${ALLOWLIST}/validate`, body }, signal);
  refuseFaults(parseAnswer(ENTRIES, check.response, check.request));
  const { request, response } = await client.send({ method: "PUT", path: ALLOWLIST, body }, signal);
  parseAnswer(ENTRIES, response, request);
}

const buildEntry = ({ address, description }: AllowlistEntry) => ({
  address,
  ...(description !== "" && { description }),
});

function refuseFaults({ entries }: EntryList): void {
  const faults = entries.filter(({ valid }) => valid === false);
  if (faults.length === 0) return;
  const texts = faults.map(({ address, error }) => `${address}: ${error ?? "it gave no reason"}`);
  throw new KeywrightError(
    "STORE_REJECTED",
    `Cortex takes no such IP allowlist: ${oneLine(texts.join("; "))}`,
    {
      hint: "Mend the entries in the manifest; nothing was changed.",
    },
  );
}
