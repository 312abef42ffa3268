import { type AddressInfo, type Socket, connect } from "node:net";
import { expect, test } from "vitest";
import { newSecret, openTestServer } from "../server.fixture.ts";
import { closeGracefully } from "./close-gracefully.ts";

const dial = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.on("error", reject);
  });

const heard = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("close", () => resolve(text));
  });

const untilSaid = (socket: Socket, words: string): Promise<void> =>
  new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (text.includes(words)) resolve();
    });
  });

async function openListening() {
  const server = await openTestServer();
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  return { server, port, token: `authorization: Bearer ${server.admin.reveal()}\r\n` };
}

const HALF = "content-type: application/json\r\ncontent-length: 11\r\nhost: x\r\n\r\n";

test("a request under way is finished, silent connections are closed, and new ones are not taken", async () => {
  const { server, port, token } = await openListening();
  const [silent, idle, busy] = await Promise.all([dial(port), dial(port), dial(port)]);
  const [silentHeard, idleHeard, busyHeard] = [heard(silent), heard(idle), heard(busy)];
  const answered = untilSaid(idle, '"time":');
  idle.write(`GET /v1/store HTTP/1.1\r\nhost: x\r\n${token}\r\n`);
  await answered;
  busy.write(`POST /v1/verify HTTP/1.1\r\n${token}${HALF}{"key":`);
  // Answered on another connection: the half request has arrived.
  await fetch(`http://127.0.0.1:${port}/healthz`);
  const closing = closeGracefully(server.app);
  expect(await silentHeard).toBe("");
  expect(await idleHeard).toMatch(/^HTTP\/1\.1 200 [^]*"time":/);
  await expect(dial(port)).rejects.toThrow("ECONNREFUSED");
  busy.write('"x"}');
  const answer = await busyHeard;
  expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*connection: close[^]*"malformed"/i);
  await closing;
  await server.close();
});

test("a request that does not end is cut off when the time is up", async () => {
  const { server, port, token } = await openListening();
  const busy = await dial(port);
  const answer = heard(busy);
  busy.write(`POST /v1/verify HTTP/1.1\r\n${token}${HALF}{"key":`);
  await fetch(`http://127.0.0.1:${port}/healthz`);
  await closeGracefully(server.app, 200);
  expect(await answer).toBe("");
  await server.close();
});

test("A13: failures that were gathered stand in the audit log when the app has closed", async () => {
  const { server } = await openListening();
  await server.call("GET /v1/store", { token: newSecret() });
  await closeGracefully(server.app);
  const entries = await server.context.database
    .selectFrom("audit_log")
    .select("action")
    .where("action", "=", "AUTHENTICATION_FAILED")
    .execute();
  expect(entries).toHaveLength(1);
  await server.close();
});
