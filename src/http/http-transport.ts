import { exchange, type ExchangeLimits } from "./exchange.ts";
import { explainFailure, type Way } from "./explain-failure.ts";
import { type ConnectionLimits, openDispatcher } from "./open-dispatcher.ts";
import { proxyFor, type ProxySettings } from "./proxy.ts";
import { parseStoreUrl } from "./store-url.ts";
import type { Transport } from "./transport.ts";
import { TransportFailure } from "./transport-failure.ts";

export interface HttpLimits extends ExchangeLimits, ConnectionLimits {}

const LIMITS: HttpLimits = {
  connectMs: 5_000,
  headersMs: 25_000,
  bodyMs: 10_000,
  totalMs: 30_000,
  responseBytes: 64 * 1024 * 1024,
  connections: 8,
};

/**
 * HTTP to a store with keep-alive. `proxy`: what the environment says of one. Throws INPUT_INVALID for a URL that
 * `parseStoreUrl` refuses, and for a proxy that is none.
 */
export function openHttpTransport(
  baseUrl: string,
  overrides: Partial<HttpLimits> = {},
  proxySettings?: ProxySettings,
): Transport {
  const url = parseStoreUrl(baseUrl);
  const limits = { ...LIMITS, ...overrides };
  const proxy = proxyFor(url, proxySettings);
  const dispatcher = openDispatcher(url.origin, limits, proxy);
  const way: Way = { host: url.host, proxy, limits };
  const prefix = url.pathname.replace(/\/$/, "");
  return {
    where: url.host,
    close: () => dispatcher.destroy(),
    request: async (request, signal) => {
      try {
        if (signal?.aborted === true) throw new TransportFailure("opening", "signal");
        const whole = { ...request, path: `${prefix}${request.path}` };
        return await exchange(dispatcher, url.origin, whole, limits, signal);
      } catch (error) {
        throw error instanceof TransportFailure ? explainFailure(error, way) : error;
      }
    },
  };
}
