/** One POST to a receiver of notices. Of its address only the host is ever told: the path of a webhook is a secret. */

import { setTimeout as pause } from "node:timers/promises";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { Clock } from "../core/ports.ts";
import type { ProxySettings } from "../http/proxy.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import type { HttpResponse, Transport } from "../http/transport.ts";
import { TransportFailure } from "../http/transport-failure.ts";

export interface PostTerms {
  readonly clock: Clock;
  /** What the environment says of a proxy. */
  readonly proxy?: ProxySettings | undefined;
  /** Pauses before the second and further tries. */
  readonly pausesMs?: readonly number[];
  /** For one try. */
  readonly timeLimitMs?: number;
}

export interface Post {
  readonly url: URL;
  /** Fresh for every try; names in lower case. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly body: string;
}

const PAUSES_MS = [500, 2_000];
/** With three tries and their pauses less than a minute. */
const TIME_LIMIT_MS = 10_000;
/** Whoever wants us to wait longer hears from the next run. */
const LONGEST_WAIT_MS = 10_000;
const RESPONSE_BYTES = 64 * 1024;

/**
 * Any 2xx is success, whatever comes behind its head. Tried again, a few times: what certainly did not arrive, a 429 and a 5xx. Not so a silence, after
 * which it may have been told. Throws NOTICE_UNSENT. `said`: what an answer says of itself, fit for people.
 */
export async function post(
  { url, headers, body }: Post,
  terms: PostTerms,
  said: (response: HttpResponse) => string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const { timeLimitMs = TIME_LIMIT_MS } = terms;
  // An HTTP client takes long to load, and most runs have nobody to tell.
  const { openHttpTransport } = await import("../http/http-transport.ts");
  const limits = { headersMs: timeLimitMs, bodyMs: timeLimitMs, totalMs: timeLimitMs, connections: 1 };
  const transport = openHttpTransport(url.origin, { ...limits, responseBytes: RESPONSE_BYTES }, terms.proxy);
  const send = (): Promise<HttpResponse> =>
    transport.request(
      { method: "POST", path: `${url.pathname}${url.search}`, headers: headers(), body },
      signal,
    );
  try {
    await repeat(send, transport, terms, said, signal);
  } finally {
    await transport.close();
  }
}

async function repeat(
  send: () => Promise<HttpResponse>,
  { where }: Transport,
  { clock, pausesMs = PAUSES_MS }: PostTerms,
  said: Parameters<typeof post>[2],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const pauseMs of [...pausesMs, undefined]) {
    const outcome = await judged(send, where, said);
    if (!outcome) return;
    const { fault, response, isWorthAnother } = outcome;
    const askedMs = response && retryAfterMs(response, clock.now());
    const waitMs = Math.max(pauseMs ?? 0, askedMs ?? 0);
    if (!isWorthAnother || pauseMs === undefined || waitMs > LONGEST_WAIT_MS) throw fault;
    await pause(waitMs, undefined, signal && { signal }).catch(() => {
      throw fault;
    });
  }
}

interface Failure {
  readonly fault: KeywrightError;
  readonly response?: HttpResponse;
  readonly isWorthAnother: boolean;
}

/** Undefined: it was taken. */
async function judged(
  send: () => Promise<HttpResponse>,
  where: string,
  said: Parameters<typeof post>[2],
): Promise<Failure | undefined> {
  try {
    const response = await send();
    const { status } = response;
    if (isTaken(status)) return undefined;
    const words = said(response);
    const why = words === undefined ? "" : `: ${words}`;
    const what =
      status >= 300 && status < 400
        ? `redirects, which is not followed (${status})`
        : `answered ${status}${why}`;
    const fault = unsent(`the receiver at ${where} ${what}`);
    return { fault, response, isWorthAnother: status === 429 || status >= 500 };
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    const { cause } = error;
    if (cause instanceof TransportFailure && isTaken(cause.status)) return undefined;
    const isLasting = cause instanceof TransportFailure && cause.isLasting;
    const isWorthAnother = error.code === "STORE_UNREACHABLE" && !isLasting;
    const hint = error.code === "STORE_UNREACHABLE" ? ofReceiver(error.hint) : undefined;
    return { fault: unsent(ofReceiver(error.message), hint), isWorthAnother };
  }
}

const isTaken = (status: number): boolean => status >= 200 && status < 300;

const unsent = (message: string, hint?: string): KeywrightError =>
  new KeywrightError("NOTICE_UNSENT", message, hint === undefined ? {} : { hint });

/** What the HTTP client says of a store, said of a receiver. */
function ofReceiver(text: string): string;
function ofReceiver(text: string | undefined): string | undefined;
function ofReceiver(text: string | undefined): string | undefined {
  return text
    ?.replaceAll("key store at", "receiver at")
    .replaceAll("store.url", "the channel's address")
    .replaceAll("A store without", "A receiver without");
}
