/** A real HTTP proxy before a real store, on loopback: what it does to each request is decided by whoever runs it. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Fault, type FaultName, FAULTS } from "./faults.fixture.ts";

export interface ProxiedRequest {
  /** Counts from 1. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What was done to it. */
  fault: FaultName;
  /** What the store answered, once it has. */
  status?: number;
}

export interface Behaviour {
  /** Default: all is forwarded. */
  readonly decide?: (request: ProxiedRequest) => FaultName;
  /** Before anything else is done with the request; the fault is decided. */
  readonly before?: (request: ProxiedRequest) => Promise<void> | void;
  /** When the store has it and has answered, before the client hears of it. */
  readonly after?: (request: ProxiedRequest) => Promise<void> | void;
}

export interface FaultProxy {
  readonly url: string;
  /** Every request so far. */
  readonly requests: readonly ProxiedRequest[];
  behave(behaviour: Behaviour): void;
  /** Lets the store have all that is late. */
  flush(): Promise<void>;
  /** What `before` and `after` have thrown. */
  readonly errors: readonly unknown[];
  close(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const proxy = new Proxy(target);
  const server = createServer((incoming, response) => void proxy.take(incoming, response));
  // A client that is killed leaves a broken connection: no reason to end.
  server.on("clientError", (_error, socket) => socket.destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: proxy.requests,
    errors: proxy.errors,
    behave: (behaviour) => void (proxy.behaviour = behaviour),
    flush: () => proxy.flush(),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

interface StoreAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** They belong to one connection, not to the message. */
const HOP_BY_HOP = new Set(["connection", "content-length", "host", "keep-alive", "transfer-encoding"]);

class Proxy {
  readonly requests: ProxiedRequest[] = [];
  readonly errors: unknown[] = [];
  behaviour: Behaviour = {};
  readonly #target: string;
  #late: ProxiedRequest[] = [];

  constructor(target: string) {
    this.#target = target;
  }

  async take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const request = await this.#receive(incoming);
      await this.#act(request, response);
    } catch {
      // The client went away, or the store did: as a broken wire.
      response.destroy();
    }
  }

  async flush(): Promise<void> {
    const late = this.#late;
    this.#late = [];
    for (const request of late) await this.#forward(request);
  }

  async #receive(incoming: IncomingMessage): Promise<ProxiedRequest> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request: ProxiedRequest = {
      number: this.requests.length + 1,
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: endToEnd(incoming.headers as Record<string, string>),
      body: Buffer.concat(chunks).toString(),
      fault: "forward",
    };
    this.requests.push(request);
    request.fault = this.behaviour.decide?.(request) ?? "forward";
    return request;
  }

  async #act(request: ProxiedRequest, response: ServerResponse): Promise<void> {
    const { before, after } = this.behaviour;
    await this.#observe(() => before?.(request));
    const fault: Fault = FAULTS[request.fault];
    if (fault.delayMs !== undefined) await pause(fault.delayMs);
    if (fault.arrival === "later") this.#late.push(request);
    if (fault.arrival === "twice") await this.#forward(request);
    const isForwarded = fault.arrival === "once" || fault.arrival === "twice";
    const answer = isForwarded ? await this.#forward(request) : undefined;
    if (answer) await this.#observe(() => after?.(request));
    reply(response, fault, answer);
  }

  /** An observer's fault is the test's to report, and no fault of the wire. */
  async #observe(look: () => Promise<void> | void): Promise<void> {
    try {
      await look();
    } catch (error) {
      this.errors.push(error);
    }
  }

  async #forward(request: ProxiedRequest): Promise<StoreAnswer> {
    const { method, path, headers, body } = request;
    const answer = await fetch(this.#target + path, {
      method,
      headers,
      redirect: "manual",
      ...(body !== "" && { body }),
    });
    request.status = answer.status;
    const content = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, headers: endToEnd(Object.fromEntries(answer.headers)), body: content };
  }
}

const endToEnd = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));

function reply(response: ServerResponse, { answer }: Fault, stored: StoreAnswer | undefined): void {
  switch (answer.type) {
    case "silence":
      return;
    case "made-up":
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    case "cut":
      response.destroy();
      return;
    case "store":
    case "half":
      if (!stored) throw new Error("a fault that answers as the store has to ask it");
      sendStored(response, stored, answer.type === "half");
  }
}

function sendStored(response: ServerResponse, { status, headers, body }: StoreAnswer, isHalf: boolean): void {
  response.writeHead(status, { ...headers, "content-length": body.length });
  if (!isHalf) response.end(body);
  else response.write(body.subarray(0, body.length / 2), () => response.destroy());
}
