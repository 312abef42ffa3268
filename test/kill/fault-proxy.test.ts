/** The proxy does what it says: what a store gets, and what a client hears, for each of its faults. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.fixture.ts";
import { type FaultName, FAULTS, REDIRECTED } from "./faults.fixture.ts";

const ANSWER = '{"id":"ak_1","name":"scanner"}';

/** A store that counts, behind a proxy that does one thing. */
async function aProxy(fault: FaultName): Promise<{ proxy: FaultProxy; heard: string[] }> {
  const heard: string[] = [];
  const target = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      heard.push(`${request.method} ${request.url} ${String(request.headers["idempotency-key"])} ${body}`);
      response.writeHead(201, { "content-type": "application/json", etag: '"1"' }).end(ANSWER);
    });
  });
  target.listen(0, "127.0.0.1");
  await once(target, "listening");
  const proxy = await startFaultProxy(`http://127.0.0.1:${(target.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    await proxy.close();
    target.close();
  });
  proxy.behave({ decide: () => fault });
  return { proxy, heard };
}

const post = async ({ url }: FaultProxy): Promise<string> => {
  const headers = { "content-type": "application/json", "idempotency-key": "op1" };
  const signal = AbortSignal.timeout(300);
  try {
    const options = { method: "POST", body: "{}", headers, signal, redirect: "manual" } as const;
    const answer = await fetch(`${url}/v1/keys`, options);
    const about = ["retry-after", "location", "etag"].flatMap((name) => answer.headers.get(name) ?? []);
    return [answer.status, ...about, (await answer.text()).slice(0, 12)].join(" ");
  } catch {
    return signal.aborted ? "silence" : "broken";
  }
};

const EXPECTED: Readonly<Record<FaultName, readonly [string, number]>> = {
  forward: ['201 "1" {"id":"ak_1"', 1],
  delay: ['201 "1" {"id":"ak_1"', 1],
  duplicate: ['201 "1" {"id":"ak_1"', 2],
  "cut before": ["broken", 0],
  "cut after": ["broken", 1],
  late: ["broken", 0],
  truncate: ["broken", 1],
  "429": ['429 1 {"status":42', 0],
  "500 before": ['500 {"title":"In', 0],
  "500 after": ['500 {"title":"In', 1],
  "503": ['503 1 {"status":50', 0],
  malformed: ['200 {"id":"ak_', 1],
  "wrong type": ["200 <!doctype ht", 1],
  redirect: [`302 ${REDIRECTED} `, 0],
  "black hole": ["silence", 0],
};

test.each(Object.keys(FAULTS) as FaultName[])("%s", async (fault) => {
  const { proxy, heard } = await aProxy(fault);
  const [answer, arrivals] = EXPECTED[fault];
  expect(await post(proxy)).toBe(answer);
  expect(heard).toEqual(Array.from({ length: arrivals }, () => "POST /v1/keys op1 {}"));
  expect(proxy.requests).toMatchObject([{ number: 1, method: "POST", path: "/v1/keys", body: "{}", fault }]);
});

test("a late request arrives once, when it is let through", async () => {
  const { proxy, heard } = await aProxy("late");
  await post(proxy);
  await proxy.flush();
  await proxy.flush();
  expect(heard).toHaveLength(1);
  expect(proxy.requests[0]?.status).toBe(201);
});

test("whoever runs it sees each request before the store does, and its answer before the client does", async () => {
  const { proxy, heard } = await aProxy("forward");
  const seen: string[] = [];
  proxy.behave({
    before: () => void seen.push(`before: ${heard.length}`),
    after: ({ status }) => void seen.push(`after: ${heard.length}, ${status}`),
  });
  await post(proxy);
  expect(seen).toEqual(["before: 0", "after: 1, 201"]);
});
