import { connect } from "node:net";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { KeywrightError } from "../core/error.ts";
import { createFigures } from "./figures.ts";
import { parseListenAddress } from "./listen-address.ts";
import { type HealthServer, serveHealth } from "./serve-health.ts";

async function serving(faults: { life?: string; ready?: string } = {}): Promise<HealthServer> {
  const server = await serveHealth(
    { host: "127.0.0.1", port: 0 },
    { lifelessness: () => faults.life, unreadiness: () => faults.ready, figures: createFigures() },
  );
  onTestFinished(() => server.close());
  return server;
}

async function get(url: string, init: RequestInit = {}): Promise<readonly [number, string]> {
  const answer = await fetch(url, init);
  return [answer.status, await answer.text()];
}

test("probes say 200, or 503 and why; anything else is not there", async () => {
  const faults: { life?: string; ready?: string } = { ready: "there was no check yet" };
  const { url } = await serving(faults);
  expect(await get(`${url}/livez`)).toEqual([200, "ok\n"]);
  expect(await get(`${url}/readyz?x=1`)).toEqual([503, "there was no check yet\n"]);
  delete faults.ready;
  faults.life = "it stands still";
  expect(await get(`${url}/livez`)).toEqual([503, "it stands still\n"]);
  expect(await get(`${url}/readyz`)).toEqual([200, "ok\n"]);
  expect(await get(`${url}/livez`, { method: "HEAD" })).toEqual([503, ""]);
  expect((await get(`${url}/healthz`))[0]).toBe(404);
  expect(await get(`${url}/metrics`, { method: "DELETE" })).toEqual([405, "only GET\n"]);
});

test("figures are there from the start, so that a monitor can tell a daemon that never checked", async () => {
  const { url } = await serving();
  const [status, text] = await get(`${url}/metrics`);
  expect(status).toBe(200);
  expect(text).toContain("keywright_last_good_check_timestamp_seconds 0\n");
  expect(text).toContain('keywright_checks_total{result="failed"} 0\n');
  expect(text).toContain('keywright_ticks_total{outcome="skipped"} 0\n');
});

test("closing waits for no client that keeps its connection", async () => {
  const server = await serving();
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const gone = once(socket, "close");
  await server.close();
  expect(await gone).toBeDefined();
});

test("a connection on which nothing comes is closed: many of them would keep probes out", async () => {
  const pages = { lifelessness: () => undefined, unreadiness: () => undefined, figures: createFigures() };
  const server = await serveHealth({ host: "127.0.0.1", port: 0 }, pages, 1);
  onTestFinished(() => server.close());
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  expect(await once(socket, "close")).toBeDefined();
});

test("a port that is taken is told with what to do", async () => {
  const { url } = await serving();
  const again = serveHealth(
    { host: "127.0.0.1", port: Number(new URL(url).port) },
    { lifelessness: () => undefined, unreadiness: () => undefined, figures: createFigures() },
  );
  await expect(again).rejects.toMatchObject({
    code: "SERVER_FAILED",
    hint: "something listens there already",
  });
});

test.each([
  ["127.0.0.1:9464", { host: "127.0.0.1", port: 9464 }],
  [":0", { host: "127.0.0.1", port: 0 }],
  ["localhost:1", { host: "localhost", port: 1 }],
  ["[::1]:80", { host: "::1", port: 80 }],
])("%s is an address that only this machine reaches", (text, expected) => {
  expect(parseListenAddress(text, false)).toEqual(expected);
});

test.each(["9464", "127.0.0.1:65536", "http://127.0.0.1:1", "::1:80", "a b:1", ""])(
  "%j is no address",
  (text) => {
    expect(() => parseListenAddress(text, true)).toThrow(KeywrightError);
  },
);

test.each(["0.0.0.0:9464", "[::]:9464", "10.0.0.1:1", "metrics.internal:1", "127.0.0.1.example:1"])(
  "%s, which others reach, has to be allowed",
  (text) => {
    expect(() => parseListenAddress(text, false)).toThrow(/others reach/);
    expect(parseListenAddress(text, true).port).toBeGreaterThan(0);
  },
);
