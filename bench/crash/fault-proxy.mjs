/** Stands between a tool and the store, counts the requests that change something, and strikes at one of them. */

import { Agent, createServer, request as send } from "node:http";
import { buffer } from "node:stream/consumers";
import { once } from "node:events";

/** What a proxy can do to a request. Where the tool dies, `kill` is given to `arm`. */
export const REQUEST_FAULTS = ["kill before", "kill after", "cut after", "500 after"];

/**
 * `onChange` is awaited after each request that changes something, before it is answered; it is told the request's
 * method and whether it was struck. Gives `{ url, arm, count, secrets, close }`: `count()` counts from the last `arm`,
 * `secrets` holds every secret that has come through.
 */
export async function openFaultProxy(target, onChange) {
  const agent = new Agent({ keepAlive: true });
  const secrets = new Set();
  let strike;
  let count = 0;

  const forward = async ({ method, url, headers }, body) => {
    const { host: _, ...rest } = headers;
    const upstream = send(new URL(url, target), { method, headers: rest, agent });
    upstream.end(body);
    const [response] = await once(upstream, "response");
    const answer = await buffer(response);
    note(secrets, body);
    note(secrets, answer);
    return { status: response.statusCode, headers: response.headers, body: answer };
  };

  const handle = async (incoming, outgoing) => {
    const body = await buffer(incoming);
    if (incoming.method === "GET") return reply(outgoing, await forward(incoming, body));
    const isStruck = count === strike?.at;
    count += 1;
    const fault = isStruck ? strike.fault : "none";
    if (fault === "kill before") {
      await strike.kill();
      return outgoing.destroy();
    }
    const answer = await forward(incoming, body);
    if (fault === "kill after") await strike.kill();
    await onChange({ method: incoming.method, isStruck });
    if (fault === "kill after" || fault === "cut after") return outgoing.destroy();
    return reply(outgoing, fault === "500 after" ? FAILED : answer);
  };

  const server = createServer((incoming, outgoing) => {
    // A tool that dies takes its connections with it.
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    secrets,
    count: () => count,
    arm: (next) => {
      strike = next;
      count = 0;
    },
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const FAILED = {
  status: 500,
  headers: { "content-type": "application/problem+json" },
  body: Buffer.from(JSON.stringify({ type: "about:blank", title: "Internal Server Error", status: 500 })),
};

function reply(outgoing, { status, headers, body }) {
  const { connection: _, "transfer-encoding": __, ...rest } = headers;
  outgoing.writeHead(status, { ...rest, "content-length": status === 204 ? 0 : body.length });
  outgoing.end(status === 204 ? undefined : body);
}

/** A new key's answer shows its secret; a verification's request does. */
function note(secrets, text) {
  for (const [, secret] of text.toString().matchAll(/"(?:secret|key)":"(\w{40,})"/g)) secrets.add(secret);
}
