/** Requests to a vendor's API: the limiter, what is tried again and what never is, and refusals as errors. */

import { setTimeout as pause } from "node:timers/promises";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { RequestLimiter } from "./request-limiter.ts";
import type { StoreRequest, StoreResponse, Transport } from "./transport.ts";

export interface Exchange {
  readonly request: StoreRequest;
  readonly response: StoreResponse;
}

export interface ApiRequest {
  readonly method: StoreRequest["method"];
  readonly path: string;
  readonly body?: unknown;
}

/** How one API is spoken to. */
export interface Dialect {
  /** Fresh for every attempt: a signature must not be sent twice. */
  authorize(request: ApiRequest): Readonly<Record<string, string>>;
  /** What an answer other than 2xx means. */
  refusal(exchange: Exchange): KeywrightError;
  /** How long a 429 asks to wait, in milliseconds; undefined: it does not say. */
  retryAfterMs(response: StoreResponse): number | undefined;
}

export interface ApiClient {
  /** Reads, a path or a request that changes nothing; tries again a few times when the store stumbles. */
  read(what: string | ApiRequest, signal?: AbortSignal): Promise<Exchange>;
  /**
   * Sends once; a 429 says that nothing was carried out, so only that is sent again. `allowed`: statuses besides 2xx
   * that the caller takes as an answer.
   */
  send(request: ApiRequest, signal?: AbortSignal, allowed?: readonly number[]): Promise<Exchange>;
}

export interface ApiClientOptions {
  readonly transport: Transport;
  readonly dialect: Dialect;
  readonly limiter: RequestLimiter;
  /** Pauses before the second and further tries of a reading. */
  readonly retryPausesMs?: readonly number[];
}

const RETRY_PAUSES_MS = [200, 1_000, 4_000];
/** After a 429 that does not say how long: longer each time. */
const BACK_OFF_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
/** With those pauses some ten minutes. */
const MOST_REFUSALS = 24;

export function createApiClient(options: ApiClientOptions): ApiClient {
  const { retryPausesMs = RETRY_PAUSES_MS } = options;
  return {
    read: async (what, signal) => {
      const request: ApiRequest = typeof what === "string" ? { method: "GET", path: what } : what;
      for (const pauseMs of retryPausesMs) {
        const exchange = await readOnce(options, request, signal);
        if (exchange) return accepted(options, exchange, []);
        await pause(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
        if (signal?.aborted) throw new KeywrightError("INTERRUPTED", "Stopped while reading the key store.");
      }
      return accepted(options, await exchangeOnce(options, request, signal), []);
    },
    send: async (request, signal, allowed = []) =>
      accepted(options, await exchangeOnce(options, request, signal), allowed),
  };
}

/** Undefined when it is worth another try. */
async function readOnce(
  options: ApiClientOptions,
  request: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<Exchange | undefined> {
  try {
    const exchange = await exchangeOnce(options, request, signal);
    return exchange.response.status >= 500 ? undefined : exchange;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (isKeywrightError(error, "STORE_UNREACHABLE") || isKeywrightError(error, "STORE_OUTCOME_UNKNOWN"))
      return undefined;
    throw error;
  }
}

/** An answer that is no 429. */
async function exchangeOnce(
  { transport, dialect, limiter }: ApiClientOptions,
  { method, path, body }: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<Exchange> {
  for (let refusals = 0; ; refusals += 1) {
    await limiter.take(signal);
    const request: StoreRequest = {
      method,
      path,
      headers: {
        accept: "application/json",
        ...jsonType(body),
        ...dialect.authorize({ method, path, body }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const response = await transport.request(request, signal);
    if (response.status !== 429) {
      limiter.passed();
      return { request, response };
    }
    if (refusals === MOST_REFUSALS) throw dialect.refusal({ request, response });
    limiter.refused(dialect.retryAfterMs(response) ?? BACK_OFF_MS[refusals] ?? 30_000);
  }
}

const jsonType = (body: unknown): Readonly<Record<string, string>> =>
  body === undefined ? {} : { "content-type": "application/json" };

function accepted({ dialect }: ApiClientOptions, exchange: Exchange, allowed: readonly number[]): Exchange {
  const { status } = exchange.response;
  if ((status >= 200 && status < 300) || allowed.includes(status)) return exchange;
  throw dialect.refusal(exchange);
}
