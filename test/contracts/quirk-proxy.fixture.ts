/** A real HTTP server on loopback before a store: whatever it is told to, it asks, and says what it is told to say. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface ProxyRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ProxyAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Half of it, then the connection ends. */
  readonly isCut?: boolean;
}

export type Forward = (request: ProxyRequest) => Promise<ProxyAnswer>;

/** Asks what lies behind it as often as it likes, never included, and answers. */
export type Twist = (request: ProxyRequest, forward: Forward) => Promise<ProxyAnswer>;

export interface QuirkProxy {
  readonly url: string;
  /** Every request so far, as the client sent it. */
  readonly requests: readonly ProxyRequest[];
  /** The first is nearest to the client. Replaces those of before; without any it only passes on. */
  twist(...twists: readonly Twist[]): void;
  close(): Promise<void>;
}

export async function startQuirkProxy(store: Forward): Promise<QuirkProxy> {
  const requests: ProxyRequest[] = [];
  let way = store;
  const take = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers as Record<string, string>,
      body: await text(incoming),
    };
    requests.push(request);
    try {
      send(response, await way(request));
    } catch (error) {
      // A fault of the twist, which no test may take for one of the store.
      response.writeHead(599, { "content-type": "text/plain" }).end(String(error));
    }
  };
  const server = createServer((incoming, response) => void take(incoming, response));
  server.on("clientError", (_error, socket) => socket.destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    twist: (...twists) => {
      way = twists.reduceRight<Forward>((next, twist) => (request) => twist(request, next), store);
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** They belong to one connection, not to the message. */
const HOP_BY_HOP = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

function send(response: ServerResponse, { status, headers, body, isCut = false }: ProxyAnswer): void {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...Object.fromEntries(kept), "content-length": bytes.length });
  if (!isCut) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

export type Json = Readonly<Record<string, unknown>>;

export const parseBody = ({ body }: Pick<ProxyAnswer, "body">): Json =>
  (body === "" ? {} : JSON.parse(body)) as Json;

/** `answer` with another JSON body. */
export const withBody = (answer: ProxyAnswer, body: unknown): ProxyAnswer => ({
  ...answer,
  body: JSON.stringify(body),
});
