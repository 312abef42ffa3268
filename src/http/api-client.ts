/** Requests to a store's API: the limiter, what is tried again and what never is, and refusals as errors. */

import { setTimeout as pause } from "node:timers/promises";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { refuseDetour } from "./refuse-detour.ts";
import { createRequestLimiter, type RequestLimiter } from "./request-limiter.ts";
import { TransportFailure } from "./transport-failure.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
}

export interface ApiRequest {
  readonly method: HttpRequest["method"];
  readonly path: string;
  /** Besides those of every request; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The body as JSON text, in place of `body`, where it is to be sent exactly so. */
  readonly json?: string;
}

/** How one API is spoken to. */
export interface Dialect {
  /** Fresh for every attempt: a signature must not be sent twice. */
  authorize(request: ApiRequest): Readonly<Record<string, string>>;
  /** What an answer other than 2xx means. */
  refusal(exchange: Exchange): KeywrightError;
  /** How long a 429 or a 503 asks to wait, in milliseconds; undefined: it does not say. */
  retryAfterMs(response: HttpResponse): number | undefined;
  /** Whether this 5xx comes every time, so that no reading is tried again for it. Absent: none does. */
  isLasting?(response: HttpResponse): boolean;
}

/** `allowed`: statuses besides 2xx that the caller takes as an answer. */
export interface ApiClient {
  /**
   * Reads, a path or a request that changes nothing; tries again a few times when the store stumbles. Never
   * STORE_OUTCOME_UNKNOWN: there is nothing that may have been carried out.
   */
  read(what: string | ApiRequest, signal?: AbortSignal, allowed?: readonly number[]): Promise<Exchange>;
  /** Sends once; a 429 says that nothing was carried out, so only that is sent again. */
  send(request: ApiRequest, signal?: AbortSignal, allowed?: readonly number[]): Promise<Exchange>;
}

export interface ApiClientOptions {
  readonly transport: Transport;
  readonly dialect: Dialect;
  /** Absent: requests go out as they come, and only a 429 makes them wait. */
  readonly limiter?: RequestLimiter;
  /** Pauses before the second and further tries of a reading. */
  readonly retryPausesMs?: readonly number[];
  /** For whoever brings no signal: ends the waiting and the readings; what may change something is carried through. */
  readonly signal?: AbortSignal | undefined;
}

const RETRY_PAUSES_MS = [200, 1_000, 4_000];
/** After a 429 that does not say how long: longer each time. */
const BACK_OFF_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
/** With those pauses some ten minutes. */
const MOST_REFUSALS = 24;
const UNPACED = { perMinute: Infinity, burst: 1, longestWaitMs: 10 * 60_000 };

interface Client extends ApiClientOptions {
  readonly limiter: RequestLimiter;
}

export function createApiClient(options: ApiClientOptions): ApiClient {
  const { retryPausesMs = RETRY_PAUSES_MS, limiter = createRequestLimiter(UNPACED) } = options;
  const client: Client = { ...options, limiter };
  return {
    read: (what, signal = options.signal, allowed = []) => {
      const request: ApiRequest = typeof what === "string" ? { method: "GET", path: what } : what;
      return read(client, { request, signal, allowed }, retryPausesMs);
    },
    send: async (request, signal, allowed = []) =>
      accepted(client, await exchange(client, request, signal, signal ?? options.signal), allowed),
  };
}

interface ReadingRequest {
  readonly request: ApiRequest;
  readonly signal: AbortSignal | undefined;
  readonly allowed: readonly number[];
}

async function read(client: Client, reading: ReadingRequest, pauses: readonly number[]): Promise<Exchange> {
  const { signal } = reading;
  const outcome = await readOnce(client, reading);
  if (!(outcome instanceof KeywrightError)) return outcome;
  const [pauseMs, ...later] = pauses;
  if (pauseMs === undefined) throw outcome;
  await pause(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  return read(client, reading, later);
}

/** An error only when it may be another one, or none, the next time. */
async function readOnce(
  client: Client,
  { request, signal, allowed }: ReadingRequest,
): Promise<Exchange | KeywrightError> {
  const answered = await exchange(client, request, signal, signal).catch((error: unknown) => {
    if (signal?.aborted === true) throw interrupted();
    return stumbleOf(error);
  });
  if (answered instanceof KeywrightError) return answered;
  const { response } = answered;
  if (response.status >= 500 && !client.dialect.isLasting?.(response)) return unread(client, response);
  try {
    return accepted(client, answered, allowed);
  } catch (error) {
    throw isKeywrightError(error, "STORE_OUTCOME_UNKNOWN") ? withoutDoubt(error) : error;
  }
}

/** Throws what another try cannot mend. */
function stumbleOf(error: unknown): KeywrightError {
  if (isKeywrightError(error, "STORE_OUTCOME_UNKNOWN")) return withoutDoubt(error);
  if (isKeywrightError(error, "STORE_UNREACHABLE") && !isLasting(error)) return error;
  throw error;
}

const AGAIN = "Check store.url, that the server runs, and the network between; then run again.";

const unread = ({ transport }: Client, { status }: HttpResponse): KeywrightError =>
  new KeywrightError(
    "STORE_UNREACHABLE",
    `The key store at ${transport.where} cannot be read: it answered ${status}.`,
    { hint: AGAIN },
  );

/** A reading carries nothing out. */
const withoutDoubt = (error: KeywrightError): KeywrightError =>
  new KeywrightError("STORE_UNREACHABLE", error.message, { hint: AGAIN, cause: error.cause ?? error });

const isLasting = ({ cause }: KeywrightError): boolean =>
  cause instanceof TransportFailure && cause.isLasting;

const interrupted = (): KeywrightError =>
  new KeywrightError("INTERRUPTED", "Stopped while reading the key store.");

/** An answer that is no 429. `ending` ends the waiting for a turn, `signal` also the request. */
async function exchange(
  { transport, dialect, limiter }: Client,
  { method, path, body, json, headers = {} }: ApiRequest,
  signal: AbortSignal | undefined,
  ending: AbortSignal | undefined,
): Promise<Exchange> {
  const content = json ?? (body === undefined ? undefined : JSON.stringify(body));
  for (let refusals = 0; ; refusals += 1) {
    const turn = await limiter.take(ending);
    const request: HttpRequest = {
      method,
      path,
      headers: {
        accept: "application/json",
        ...headers,
        ...jsonType(content),
        ...dialect.authorize({ method, path, headers, body }),
      },
      ...(content !== undefined && { body: content }),
    };
    const response = await transport.request(request, signal);
    const { status } = response;
    const waitMs = status === 429 || status === 503 ? dialect.retryAfterMs(response) : undefined;
    if (status === 429) turn.refused(waitMs ?? BACK_OFF_MS[refusals] ?? 30_000);
    // Whether it was carried out is not told; that all others have to wait is.
    else if (waitMs !== undefined) turn.refused(waitMs);
    else turn.passed();
    if (status !== 429) return { request, response };
    if (refusals === MOST_REFUSALS) throw dialect.refusal({ request, response });
  }
}

const jsonType = (content: string | undefined): Readonly<Record<string, string>> =>
  content === undefined ? {} : { "content-type": "application/json" };

function accepted({ dialect, transport }: Client, exchanged: Exchange, allowed: readonly number[]): Exchange {
  const { status } = exchanged.response;
  if (status >= 200 && status < 300) return exchanged;
  refuseDetour(exchanged, transport.where);
  if (allowed.includes(status)) return exchanged;
  throw dialect.refusal(exchanged);
}
