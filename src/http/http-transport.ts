import { type Dispatcher, Pool } from "undici";
import { KeywrightError } from "../core/error.ts";
import { parseStoreUrl } from "./store-url.ts";
import type { StoreRequest, StoreResponse, Transport } from "./transport.ts";

export interface HttpLimits {
  readonly connectMs: number;
  /** From the request to the end of the answer. */
  readonly totalMs: number;
  readonly responseBytes: number;
  readonly connections: number;
}

const LIMITS: HttpLimits = {
  connectMs: 5_000,
  totalMs: 30_000,
  responseBytes: 64 * 1024 * 1024,
  connections: 8,
};

/** Errors of the time before a request is sent. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** HTTP to a store with keep-alive. Throws INPUT_INVALID for a URL that `parseStoreUrl` refuses. */
export function openHttpTransport(baseUrl: string, limits: Partial<HttpLimits> = {}): Transport {
  const url = parseStoreUrl(baseUrl);
  const { connectMs, totalMs, responseBytes, connections } = { ...LIMITS, ...limits };
  const pool = new Pool(url.origin, {
    connections,
    connect: { timeout: connectMs },
    headersTimeout: totalMs,
    bodyTimeout: totalMs,
    maxResponseSize: responseBytes,
  });
  const prefix = url.pathname.replace(/\/$/, "");
  return {
    where: url.host,
    close: () => pool.destroy(),
    request: async ({ path, ...request }, signal) => {
      const limit = AbortSignal.timeout(totalMs);
      const either = signal ? AbortSignal.any([signal, limit]) : limit;
      if (signal?.aborted === true) throw interrupted(url.host);
      try {
        return await exchange(pool, { ...request, path: `${prefix}${path}` }, either);
      } catch (error) {
        throw explain(error, url.host, silence(signal, limit, totalMs));
      }
    },
  };
}

async function exchange(
  pool: Dispatcher,
  { method, path, headers, body }: StoreRequest,
  signal: AbortSignal,
): Promise<StoreResponse> {
  const response = await pool.request({ method, path, headers, body: body ?? null, signal });
  return {
    status: response.statusCode,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
    ),
    body: await response.body.text(),
  };
}

/** What ended the waiting, where it was us. */
function silence(signal: AbortSignal | undefined, limit: AbortSignal, totalMs: number): string | undefined {
  if (signal?.aborted === true) return "before this run had to end";
  return limit.aborted ? `within ${totalMs / 1000} seconds` : undefined;
}

function explain(error: unknown, host: string, until?: string): KeywrightError {
  const code = codeOf(error);
  if (NEVER_SENT.has(code)) {
    return new KeywrightError("STORE_UNREACHABLE", `The key store at ${host} cannot be reached (${code}).`, {
      hint: "Check store.url, that the server runs, and the network between.",
      cause: error,
    });
  }
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return new KeywrightError("STORE_CONTRACT", `The answer of the key store at ${host} is too large.`, {
      hint: "Check that store.url is the API that store.driver says.",
      cause: error,
    });
  }
  return new KeywrightError(
    "STORE_OUTCOME_UNKNOWN",
    `The key store at ${host} gave no answer ${until ?? `(${code})`}.`,
    {
      hint: "The request may have been carried out. Run again: the next run finds out and goes on.",
      cause: error,
    },
  );
}

const interrupted = (host: string): KeywrightError =>
  new KeywrightError("INTERRUPTED", `Stopped before the request to the key store at ${host} was sent.`);

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name;
}
