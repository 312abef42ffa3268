/** Why there is no answer, as an error that says what to do. */

import { KeywrightError } from "../core/error.ts";
import type { ExchangeLimits } from "./exchange.ts";
import { isTunnelFailure, proxyReason, tunnelReason } from "./explain-proxy.ts";
import { type Reason, type TlsHints, tlsReason } from "./explain-tls.ts";
import { ProxyFailure } from "./open-dispatcher.ts";
import type { Proxy } from "./proxy.ts";
import { TransportFailure } from "./transport-failure.ts";

export interface Way {
  /** Of the store. */
  readonly host: string;
  readonly proxy: Proxy | undefined;
  readonly limits: ExchangeLimits & { readonly connectMs: number };
}

export function explainFailure(failure: TransportFailure, way: Way): KeywrightError {
  if (failure.reason === "size") return tooLarge(failure, way);
  if (failure.phase !== "opening") return silence(failure, way);
  if (failure.reason === "signal") {
    return new KeywrightError(
      "INTERRUPTED",
      `Stopped before the request to the key store at ${way.host} was sent.`,
    );
  }
  return unreachable(failure, way);
}

const tooLarge = (cause: TransportFailure, { host }: Way): KeywrightError =>
  new KeywrightError("STORE_CONTRACT", `The answer of the key store at ${host} is too large.`, {
    hint: "Check that store.url is the API that store.driver says.",
    cause,
  });

/** The request has left, or some of it. */
const silence = (failure: TransportFailure, { host, limits }: Way): KeywrightError =>
  new KeywrightError(
    "STORE_OUTCOME_UNKNOWN",
    `The key store at ${host} gave no ${failure.phase === "answering" ? "whole " : ""}answer ${until(failure, limits)}.`,
    {
      hint: "The request may have been carried out. Run again: the next run finds out and goes on.",
      cause: failure,
    },
  );

function until({ reason, code }: TransportFailure, { headersMs, bodyMs, totalMs }: ExchangeLimits): string {
  if (reason === "signal") return "before this run had to end";
  if (reason === "time") return within(totalMs);
  if (code === "UND_ERR_HEADERS_TIMEOUT") return within(headersMs);
  if (code === "UND_ERR_BODY_TIMEOUT") return `and was silent for ${bodyMs / 1000} seconds`;
  return `(${code})`;
}

const within = (ms: number): string => `within ${ms / 1000} seconds`;

/** Nothing has left: the store certainly did nothing. */
function unreachable(failure: TransportFailure, way: Way): KeywrightError {
  const { what, hint, isLasting = false } = reasonOf(failure, way);
  const cause = new TransportFailure("opening", failure.reason, failure.cause, { isLasting });
  return new KeywrightError("STORE_UNREACHABLE", what, { hint, cause });
}

function reasonOf(failure: TransportFailure, way: Way): Reason {
  const { host, proxy, limits } = way;
  const store = `The key store at ${host}`;
  if (proxy && failure.cause instanceof ProxyFailure)
    return proxyReason(failure.cause, proxy, limits.connectMs);
  if (proxy && isTunnelFailure(failure)) return tunnelReason(failure, proxy, host);
  if (failure.reason === "time") {
    return { what: `${store} let nobody in ${within(limits.totalMs)}.`, hint: NETWORK };
  }
  const code = failure.code;
  const tls = tlsReason(code, `key store at ${host}`, STORE_TLS);
  return tls ? { ...tls, isLasting: true } : networkReason(code, store, limits.connectMs);
}

const NETWORK = "Check store.url, that the server runs, and the network between.";

function networkReason(code: string, store: string, connectMs: number): Reason {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return {
      what: `${store} cannot be reached: its name is not known here (${code}).`,
      hint: "Check the host in store.url. Where the way out is through a proxy, name it in HTTPS_PROXY.",
    };
  }
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") {
    return {
      what: `${store} cannot be reached: it let nobody in ${within(connectMs)} (${code}).`,
      hint: "Check store.url, and whether a firewall is between. Where the way out is through a proxy, name it in HTTPS_PROXY.",
    };
  }
  return { what: `${store} cannot be reached (${code}).`, hint: NETWORK };
}

const STORE_TLS: TlsHints = {
  plain:
    "Check the port in store.url. A store without TLS is only reached on this very machine, by http://127.0.0.1.",
  name: "Write the host into store.url as the certificate has it; if that is another machine's, do not trust it.",
};
