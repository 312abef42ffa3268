/** Why no way opened through a proxy. */

import { type Reason, tlsReason } from "./explain-tls.ts";
import type { ProxyFailure } from "./open-dispatcher.ts";
import type { Proxy } from "./proxy.ts";
import type { TransportFailure } from "./transport-failure.ts";

/** The proxy itself cannot be reached. */
export function proxyReason({ cause }: ProxyFailure, { variable, where }: Proxy, connectMs: number): Reason {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  const tls = tlsReason(code, `proxy at ${where}`, {
    plain: `Write http:// in ${variable}.`,
    name: `Write the host into ${variable} as the certificate has it.`,
  });
  if (tls) return { ...tls, isLasting: true };
  const why = code === "UND_ERR_CONNECT_TIMEOUT" ? `within ${connectMs / 1000} seconds, ${code}` : code;
  return {
    what: `The proxy at ${where} cannot be reached (${why}).`,
    hint: withoutProxy(`Check ${variable} and that the proxy runs.`),
  };
}

const withoutProxy = (hint: string): string =>
  `${hint} A store that is reached without a proxy is named in NO_PROXY.`;

const TUNNEL_STATUS = /^Proxy response \((\d{3})\)/;

/** Whether the proxy itself said no, said nothing, or hung up. */
export const isTunnelFailure = ({ cause, code }: TransportFailure): boolean =>
  (cause instanceof Error && TUNNEL_STATUS.test(cause.message)) ||
  isGarbled(code) ||
  ["UND_ERR_SOCKET", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_HEADERS_OVERFLOW", "ECONNRESET"].includes(code);

/** By the parser of HTTP, which does not always say how. */
const isGarbled = (code: string): boolean => code.startsWith("HPE_") || code === "HTTPParserError";

/** It was reached, and did not let us through to `host`. */
export function tunnelReason({ cause, code }: TransportFailure, proxy: Proxy, host: string): Reason {
  const { variable, where } = proxy;
  const status = TUNNEL_STATUS.exec(cause instanceof Error ? cause.message : "")?.[1];
  if (status === "407") return loginReason(proxy);
  if (status !== undefined) {
    return {
      what: `The proxy at ${where} did not open the way to ${host} (${status}).`,
      hint: withoutProxy(
        `Ask whoever runs the proxy to let ${host} through; check store.url and ${variable}.`,
      ),
      isLasting: status.startsWith("4"),
    };
  }
  if (isGarbled(code)) {
    return {
      what: `What answers at ${where} is no HTTP proxy (${code}).`,
      hint: withoutProxy(`Check host, port and scheme in ${variable}.`),
    };
  }
  return {
    what: `The way through the proxy at ${where} to ${host} did not open (${code}).`,
    hint: withoutProxy(`Check ${variable}, and that the proxy lets ${host} through.`),
  };
}

const loginReason = ({ variable, where, authorization }: Proxy): Reason => ({
  what: authorization
    ? `The proxy at ${where} does not accept the user and password in ${variable} (407).`
    : `The proxy at ${where} asks for a user and a password (407).`,
  hint: `Write them into ${variable}: http://USER:PASSWORD@${where}, with special characters as %XX.`,
  isLasting: true,
});
