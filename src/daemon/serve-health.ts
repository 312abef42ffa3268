/** Probes and figures over HTTP: GET only, no input but the path, nothing about the inside but words of ours. */

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KeywrightError } from "../core/error.ts";
import type { FiguresPage } from "./figures.ts";
import type { ListenAddress } from "./listen-address.ts";

export interface HealthPages {
  /** Why the process should be started anew; undefined: it is well. */
  readonly lifelessness: () => string | undefined;
  /** Why it cannot be counted on; undefined: it can. */
  readonly unreadiness: () => string | undefined;
  readonly figures: FiguresPage;
}

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

/** How late a request that takes too long may be noticed. Seldom is bad: who fills all connections keeps probes out. */
const TIMEOUT_CHECK_MS = 1_000;

/** How long a connection may say nothing. */
const IDLE_MS = 10_000;

/** Throws SERVER_FAILED when it cannot listen there. */
export async function serveHealth(
  address: ListenAddress,
  pages: HealthPages,
  idleMs = IDLE_MS,
): Promise<HealthServer> {
  const limits = { maxHeaderSize: 8 * 1024, connectionsCheckingInterval: TIMEOUT_CHECK_MS };
  const server = createServer(limits, (request, response) => {
    // No body is read: whoever sends one is answered and cut off.
    void answer(request.method, request.url ?? "/", response, pages);
  });
  server.maxConnections = 64;
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 5_000;
  server.timeout = idleMs;
  await listen(server, address);
  return { url: urlOf(server), close: () => close(server) };
}

async function answer(
  method: string | undefined,
  url: string,
  response: ServerResponse,
  { lifelessness, unreadiness, figures }: HealthPages,
): Promise<void> {
  const [path] = url.split("?");
  if (method !== "GET" && method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return send(response, 405, "only GET\n");
  }
  if (path === "/livez") return probe(response, lifelessness());
  if (path === "/readyz") return probe(response, unreadiness());
  if (path !== "/metrics") return send(response, 404, "/livez, /readyz and /metrics are here\n");
  try {
    return send(response, 200, await figures.render(), figures.contentType);
  } catch {
    return send(response, 500, "the figures could not be rendered\n");
  }
}

const probe = (response: ServerResponse, fault: string | undefined): void =>
  send(response, fault === undefined ? 200 : 503, `${fault ?? "ok"}\n`);

function send(
  response: ServerResponse,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...(status === 405 && { Connection: "close" }),
  });
  response.end(text);
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const reason = cause.code ?? "unknown";
      reject(
        new KeywrightError("SERVER_FAILED", `the daemon cannot listen on ${host}:${port} (${reason})`, {
          hint:
            reason === "EADDRINUSE" ? "something listens there already" : "choose another address or port",
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** Scrapers that keep their connection are not waited for. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
