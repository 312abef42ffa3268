/**
 * Secrets of a Cortex workspace (cortex.io, REST API v1 `/api/v1/secrets`) as slots: a tag each. Cortex takes a value
 * and never gives it back; all that it tells is whether a secret of a tag is there.
 */

import type { Slot } from "../core/desired.ts";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { Receipt } from "../core/key-record.ts";
import type { Clock, SecretSink, Stage, Stamp } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { SlotField } from "../core/slot-field.ts";
import { type ApiClient, createApiClient } from "../http/api-client.ts";
import { createCortexDialect } from "../http/cortex-dialect.ts";
import {
  deleteCortexSecret,
  postCortexSecret,
  putCortexSecret,
  readCortexSecret,
} from "../http/cortex-secrets-api.ts";
import type { ProxySettings } from "../http/proxy.ts";
import { createRequestLimiter, type RequestLimiter } from "../http/request-limiter.ts";
import type { Transport } from "../http/transport.ts";
import { type Telling, withApiFaults } from "./with-api-faults.ts";

/** Not told by the vendor: what a secret may sensibly have. */
const MAX_BYTES = 64 * 1024;
/** Below the 1000 a minute that the vendor allows: the store may be the same workspace. */
const LIMITS = { perMinute: 300, burst: 20, longestWaitMs: 10 * 60_000 };

export interface CortexSecretSinkOptions {
  /** Default: Cortex's own host. */
  readonly url?: string;
  readonly credential: Secret;
  readonly tags?: readonly string[];
  readonly clock: Clock;
  /** What the environment says of a proxy. */
  readonly proxy?: ProxySettings | undefined;
}

/** Cortex's pages disagree on what a tag may hold; these are safe on all of them. */
const CORTEX_TAG = /^[A-Za-z0-9_]{1,100}$/;

export const describeCortexSecretSlot = ({
  tags,
}: Pick<CortexSecretSinkOptions, "tags">): readonly SlotField[] => [
  {
    name: "tag",
    isRequired: true,
    pattern: CORTEX_TAG,
    expects: "1 to 100 letters, digits and _",
    ...(tags && { allowed: tags }),
  },
];

const CORTEX_URL = "https://api.getcortexapp.com";

/** Throws INPUT_INVALID for a URL that a credential must not be sent to. Asks for nothing yet. */
export async function openCortexSecretSink(options: CortexSecretSinkOptions): Promise<SecretSink> {
  // An HTTP client takes long to load, and other sinks need none.
  const { openHttpTransport } = await import("../http/http-transport.ts");
  return createCortexSecretSink({
    ...options,
    transport: openHttpTransport(options.url ?? CORTEX_URL, {}, options.proxy),
  });
}

export interface CortexSecretSinkParts extends Pick<CortexSecretSinkOptions, "credential" | "clock"> {
  readonly transport: Transport;
  readonly limiter?: RequestLimiter;
  readonly retryPausesMs?: readonly number[];
}

export function createCortexSecretSink(parts: CortexSecretSinkParts): SecretSink {
  const { transport, credential, clock, limiter = createRequestLimiter(LIMITS), retryPausesMs } = parts;
  const dialect = createCortexDialect(credential, clock, "the sink's credential");
  const client = createApiClient({ transport, dialect, limiter, ...(retryPausesMs && { retryPausesMs }) });
  const isThere = (slot: Slot): Promise<boolean> =>
    withCortexFaults("SINK_UNUSABLE", slot, () => find(client, tagOf(slot)));
  return {
    capabilities: { readable: false, inspectable: true, maxBytes: MAX_BYTES },
    read: async (slot) => {
      throw blind(slot);
    },
    inspect: async (slot) => ((await isThere(slot)) ? {} : undefined),
    write: (slot, stage, secret, stamp, expected) =>
      write({ client, clock, slot, stamp, value: secret.reveal() }, stage, expected),
    remove: async (slot, stage) => {
      if (stage === "current")
        await withCortexFaults("SINK_WRITE_FAILED", slot, () => deleteCortexSecret(client, tagOf(slot)));
    },
    // Reading asks for the permission to write.
    probe: async (slot) => void (await isThere(slot)),
  };
}

interface Writing {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly slot: Slot;
  readonly stamp: Stamp;
  readonly value: string;
}

async function write(writing: Writing, stage: Stage, expected: string | null | undefined): Promise<Receipt> {
  const { clock, slot, stamp, value } = writing;
  if (stage === "pending" || typeof expected === "string") throw blind(slot);
  const bytes = Buffer.byteLength(value);
  if (bytes === 0 || bytes > MAX_BYTES) {
    throw new KeywrightError(
      "SINK_UNUSABLE",
      `The value for the Cortex secret ${tagOf(slot)} is empty or longer than ${MAX_BYTES} bytes.`,
    );
  }
  await withCortexFaults("SINK_WRITE_FAILED", slot, () => put(writing, expected === null));
  const { generation, fingerprint } = stamp;
  return { slot, generation, fingerprint, at: clock.now().toISOString() };
}

/** What is there is replaced, unless nothing was to be there. */
async function put(writing: Writing, isNew: boolean): Promise<void> {
  const tag = tagOf(writing.slot);
  if (!isNew && (await replace(writing, tag))) return;
  if (await create(writing, tag)) return;
  if (isNew) {
    throw new KeywrightError(
      "SINK_CONFLICT",
      `There is a Cortex secret ${tag} already; it was not there before.`,
      {
        hint: "Look who made it, then plan again.",
      },
    );
  }
  // Somebody was quicker.
  if (!(await replace(writing, tag)))
    throw new KeywrightError("SINK_CONFLICT", `The Cortex secret ${tag} comes and goes.`, {
      hint: "Look who else writes it, then run again.",
    });
}

/** False when there is none of this tag. */
const replace = ({ client, value }: Writing, tag: string): Promise<boolean> =>
  isThereFor(putCortexSecret(client, tag, { secret: value }));

/** False when the tag is taken. */
async function create({ client, stamp, value }: Writing, tag: string): Promise<boolean> {
  try {
    await postCortexSecret(client, { name: stamp.key, secret: value, tag });
    return true;
  } catch (error) {
    if (!isKeywrightError(error, "STORE_REJECTED") || !(await find(client, tag))) throw error;
    return false;
  }
}

const find = (client: ApiClient, tag: string): Promise<boolean> => isThereFor(readCortexSecret(client, tag));

/** False when it ended because there is none. */
async function isThereFor(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    // What 404 means there.
    if (isKeywrightError(error, "STORE_CONFLICT")) return false;
    throw error;
  }
}

/** Checked here too: a tag in the path of a URL must not lead elsewhere. */
function tagOf({ sink, tag }: Slot): string {
  if (tag !== undefined && CORTEX_TAG.test(tag)) return tag;
  throw new KeywrightError("SINK_UNUSABLE", `A slot of sink ${sink} has no tag of letters, digits and _.`, {
    hint: "write { sink: …, tag: scanner_token }",
  });
}

const blind = (slot: Slot): KeywrightError =>
  new KeywrightError("SINK_UNUSABLE", `Cortex never gives the value of the secret ${tagOf(slot)} back.`);

const withCortexFaults = <T>(code: Telling["code"], slot: Slot, work: () => Promise<T>): Promise<T> =>
  withApiFaults({ code, what: `The Cortex secret ${tagOf(slot)}`, ofSink }, work);

/** The HTTP client speaks of stores. */
const ofSink = (text: string): string =>
  text.replaceAll(/\bstore\.(url|driver|credential)\b/g, "the sink's $1").replaceAll("key store", "API");
