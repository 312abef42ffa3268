/** Requests to the native API: the credential, the retries of readings, and statuses as errors. */

import { setTimeout as pause } from "node:timers/promises";
import { KeywrightError, isKeywrightError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import { breach, parseJson } from "../http/answer.ts";
import type { StoreRequest, StoreResponse, Transport } from "../http/transport.ts";

export interface Client {
  /** Reads; tries again a few times when the store stumbles. `what` is for messages. */
  read(path: string, signal?: AbortSignal): Promise<Exchange>;
  /** Sends once. `allowed`: statuses besides 2xx that the caller takes as an answer. */
  send(request: Mutation, signal?: AbortSignal, allowed?: readonly number[]): Promise<Exchange>;
}

export interface Mutation {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Exchange {
  readonly request: StoreRequest;
  readonly response: StoreResponse;
}

/** Pauses before the second and further tries of a reading. */
const RETRY_PAUSES_MS = [100, 400, 1_600];

export function createClient(
  transport: Transport,
  credential: Secret,
  retryPausesMs: readonly number[] = RETRY_PAUSES_MS,
): Client {
  const exchange = async (request: StoreRequest, signal?: AbortSignal): Promise<Exchange> => {
    const authorization = `Bearer ${credential.reveal()}`;
    const headers = { ...request.headers, authorization, accept: "application/json" };
    return { request, response: await transport.request({ ...request, headers }, signal) };
  };
  return {
    read: async (path, signal) => {
      const request: StoreRequest = { method: "GET", path, headers: {} };
      for (const pauseMs of [...retryPausesMs, undefined]) {
        const outcome = await attempt(() => exchange(request, signal), signal);
        if (outcome instanceof KeywrightError) {
          if (pauseMs === undefined) throw unreachable(transport.where, outcome);
        } else if (!isStumble(outcome.response.status)) {
          return accepted(outcome, []);
        } else if (pauseMs === undefined) {
          throw unreachable(transport.where, `it answered ${outcome.response.status}`);
        }
        await pause(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
      }
      throw unreachable(transport.where, "it was not asked");
    },
    send: async ({ body, headers = {}, ...rest }, signal, allowed = []) => {
      const json = body === undefined ? {} : { "content-type": "application/json" };
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      return accepted(
        await exchange({ ...rest, headers: { ...headers, ...json }, ...text }, signal),
        allowed,
      );
    },
  };
}

const isStumble = (status: number): boolean => status >= 500 || status === 429;

/** An error only when it is worth another try. */
async function attempt(
  work: () => Promise<Exchange>,
  signal?: AbortSignal,
): Promise<Exchange | KeywrightError> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted === true)
      throw new KeywrightError("INTERRUPTED", "Stopped while reading the key store.");
    if (isKeywrightError(error, "STORE_UNREACHABLE") || isKeywrightError(error, "STORE_OUTCOME_UNKNOWN"))
      return error;
    throw error;
  }
}

function accepted(exchange: Exchange, allowed: readonly number[]): Exchange {
  const { status } = exchange.response;
  if ((status >= 200 && status < 300) || allowed.includes(status)) return exchange;
  throw refusal(exchange);
}

function refusal({ request, response }: Exchange): KeywrightError {
  const { status } = response;
  const what = `${request.method} ${request.path.replace(/\?.*$/, "")}`;
  const said = describeProblem(response.body);
  if (status >= 500) {
    return new KeywrightError("STORE_OUTCOME_UNKNOWN", `The store failed (${status}) at ${what}.`, {
      hint: "The request may have been carried out. Run again: the next run finds out and goes on.",
    });
  }
  if (status === 401) {
    return new KeywrightError("STORE_UNAUTHORIZED", "The store does not accept the credential.", {
      hint: "Check store.credential: the key may be mistyped, expired or revoked. The server's first key is in its admin-token file.",
    });
  }
  const message = `The store refused ${what} (${status}): ${said}`;
  if (status === 403) {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: "Give the credential's key a role that may do this.",
    });
  }
  if (CONFLICTS.has(status) || isIdempotencyMismatch(response))
    return new KeywrightError("STORE_CONFLICT", message);
  if (status >= 400) return new KeywrightError("STORE_REJECTED", message);
  return breach(request, status, "is none that the API gives");
}

const CONFLICTS = new Set([404, 409, 412]);

const isIdempotencyMismatch = ({ status, body }: StoreResponse): boolean =>
  status === 422 && textOf(problemOf(body)["type"]).endsWith("/idempotency-mismatch");

const LONGEST_TEXT = 500;

/** The problem's own words, in one line. */
function describeProblem(body: string): string {
  const { detail, title, errors } = problemOf(body);
  const faults = Array.isArray(errors) ? errors.map(describeFault) : [];
  const text = [textOf(detail) || textOf(title), ...faults].filter((part) => part !== "").join("; ");
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, " ").slice(0, LONGEST_TEXT);
  return line === "" ? "it gave no reason." : line;
}

function describeFault(fault: unknown): string {
  const { pointer, parameter, detail } = { ...(fault as Record<string, unknown> | null) };
  return `${textOf(pointer) || textOf(parameter)} ${textOf(detail)}`.trim();
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function problemOf(body: string): Record<string, unknown> {
  const value = parseJson(body);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

const unreachable = (where: string, why: KeywrightError | string): KeywrightError =>
  new KeywrightError(
    "STORE_UNREACHABLE",
    typeof why === "string" ? `The key store at ${where} cannot be read: ${why}.` : why.message,
    {
      hint: "Check store.url, that the server runs, and the network between; then run again.",
      ...(typeof why === "string" ? {} : { cause: why }),
    },
  );
