import { type Dispatcher, Pool, ProxyAgent } from "undici";
import type { Proxy } from "./proxy.ts";

export interface ConnectionLimits {
  /** For each step of the way: to the store or the proxy, through the proxy, and the agreement on TLS. */
  readonly connectMs: number;
  readonly connections: number;
}

/** The proxy could not be reached, or did not do as it should; `cause` says how. */
export class ProxyFailure extends Error {
  constructor(cause: unknown) {
    super("the proxy did not let us through", { cause });
    this.name = "ProxyFailure";
  }
}

/** Certificates are always checked, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
const TLS = { rejectUnauthorized: true } as const;

/** Connections that are kept, to `origin` alone. */
export function openDispatcher(
  origin: string,
  { connectMs, connections }: ConnectionLimits,
  proxy: Proxy | undefined,
): Dispatcher {
  const connect = { ...TLS, timeout: connectMs };
  if (!proxy) return new Pool(origin, { connections, connect });
  const { authorization } = proxy;
  return new ProxyAgent({
    uri: proxy.url.href,
    connections,
    requestTls: connect,
    proxyTls: connect,
    ...(authorization && { token: authorization.reveal() }),
    clientFactory: (uri, options) =>
      new Pool(uri, { ...options, headersTimeout: connectMs, connect: blamingProxy(options) }),
  });
}

type Connector = (options: object, callback: (error: Error | null, socket: null) => void) => void;

/** What goes wrong on the way to the proxy is told from what goes wrong behind it. */
function blamingProxy(options: object): NonNullable<Pool.Options["connect"]> {
  const { connect } = options as { readonly connect: Connector };
  const blaming: Connector = (to, callback) =>
    connect(to, (error, socket) => callback(error && new ProxyFailure(error), socket));
  return blaming as NonNullable<Pool.Options["connect"]>;
}
