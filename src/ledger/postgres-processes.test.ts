/** Several processes of the operating system on one ledger in PostgreSQL, some of them killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { StoredLedger } from "../core/ports.ts";
import { type PostgresPlace, createPostgresPlace } from "./postgres-ledger.fixture.ts";

const FIXTURE = fileURLToPath(new URL("writer.fixture.ts", import.meta.url));

let place: PostgresPlace;
let ledger: StoredLedger;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  place = await createPostgresPlace();
  ledger = await place.open();
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  await ledger.close();
  await place.drop();
});

function start(name: string, what: "append" | "count" | "hold", count = 0): ChildProcess {
  const args = ["--import", "tsx", FIXTURE, "-", name, what, String(count)];
  const env = { ...process.env, LEDGER_URL: place.url.reveal() };
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], env });
  children.add(child);
  return child;
}

async function linesUntil(child: ChildProcess, enough: number): Promise<string[]> {
  const lines: string[] = [];
  if (!child.stdout) return lines;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === enough) child.kill("SIGKILL");
  }
  return lines;
}

async function operationsOf(name: string): Promise<string[]> {
  const operations: string[] = [];
  for await (const event of ledger.events()) {
    const { name: of, operation = "" } = event as EffectIntent;
    if (of === name) operations.push(operation);
  }
  return operations;
}

test("after kill -9 at any moment the chain holds and has every acknowledged entry, once and in order", async () => {
  const killed = [1, 13, 50, 90, 171].map(async (enough) => {
    const name = `killed-after-${enough}`;
    const acknowledged = await linesUntil(start(name, "append", 1_000_000), enough);
    expect(acknowledged.length).toBeGreaterThanOrEqual(enough);
    return { name, acknowledged };
  });
  const whole = start("whole", "append", 200);
  whole.stdout?.resume();
  const counting = start("counting", "count", 40);
  for (const { name, acknowledged } of await Promise.all(killed)) {
    const kept = await operationsOf(name);
    expect(kept).toEqual(kept.map((_, index) => String(index)));
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
  }
  for (const child of [whole, counting]) if (child.exitCode === null) await once(child, "exit");
  expect([whole.exitCode, counting.exitCode]).toEqual([0, 0]);
  expect(await operationsOf("whole")).toHaveLength(200);
  expect((await ledger.records()).get("shared")?.version).toBe(40);
  const { head, lines } = await ledger.verify();
  expect(head?.sequence).toBe(lines);
});

test("two processes at once lose no entry, and no claim is granted twice", async () => {
  const started = [
    start("a", "append", 200),
    start("b", "append", 200),
    start("c", "count", 60),
    start("d", "count", 60),
  ];
  for (const child of started) child.stdout?.resume();
  const codes = await Promise.all(started.map(async (child) => (await once(child, "exit"))[0] as number));
  expect(codes).toEqual([0, 0, 0, 0]);
  for (const name of ["a", "b"]) expect(await operationsOf(name)).toHaveLength(200);
  expect((await ledger.records()).get("shared")?.version).toBe(120);
});

test("the lease of a killed process runs out; until then it is named", async () => {
  const child = start("run-of-child", "hold");
  await once(createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }), "line");
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect(ledger.lease({ run: "run-1", description: "me" }, 0)).rejects.toMatchObject({
    code: "LEASE_HELD",
    message: expect.stringContaining(`process ${child.pid}`),
  });
  await place.query("update keywright_ledger_heads set lease_until = now()");
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  expect(lease.fence).toBe(3);
});
