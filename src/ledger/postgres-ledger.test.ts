import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KeywrightError } from "../core/error.ts";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { StoredLedger } from "../core/ports.ts";
import { openFileLedger } from "./file-ledger.ts";
import {
  type OpenOptions,
  type PostgresPlace,
  clock,
  createPostgresPlace,
} from "./postgres-ledger.fixture.ts";

const RECORD = { retiring: [], protected: false };

let place: PostgresPlace;
const opened: StoredLedger[] = [];
beforeEach(async () => {
  place = await createPostgresPlace();
});
afterEach(async () => {
  for (const ledger of opened.splice(0)) await ledger.close();
  await place.drop();
});

async function open(options?: OpenOptions): Promise<StoredLedger> {
  const ledger = await place.open(options);
  opened.push(ledger);
  return ledger;
}

const anEvent = (name: string): EffectIntent => ({
  type: "intent",
  run: "run-1",
  at: "2026-11-21T08:15:00.000Z",
  effect: "create-key",
  kind: "ApiKey",
  name,
});

async function eventsOf(ledger: StoredLedger): Promise<EffectIntent[]> {
  const events: EffectIntent[] = [];
  for await (const event of ledger.events()) events.push(event as EffectIntent);
  return events;
}

const faultOf = async (work: Promise<unknown>): Promise<KeywrightError> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as KeywrightError,
  );

const tablesMade = async (): Promise<number> =>
  (await place.query("select 1 from pg_tables where schemaname = current_schema()")).length;

test("reading an empty database makes nothing, and neither does writing nothing", async () => {
  const ledger = await open();
  expect((await ledger.records()).size).toBe(0);
  expect(await eventsOf(ledger)).toEqual([]);
  await ledger.append();
  await ledger.close();
  expect(await tablesMade()).toBe(0);
});

test("of many that write to an empty database at once, each does", async () => {
  const ledgers = await Promise.all(Array.from({ length: 8 }, () => open()));
  await Promise.all(ledgers.map((ledger, index) => ledger.append(anEvent(`key-${index}`))));
  const names = (await eventsOf(await open())).map(({ name }) => name);
  expect(names.toSorted()).toEqual(ledgers.map((_, index) => `key-${index}`));
  expect(await tablesMade()).toBe(3);
});

test("the instances of a database have a chain and a lease each, and see nothing of each other", async () => {
  const [prod, staging] = [await open(), await open({ instance: "acme-staging" })];
  await prod.claim("scanner", 0, RECORD, [anEvent("scanner")]);
  await prod.lease({ run: "run-1", description: "me" }, 0);
  expect((await staging.records()).size).toBe(0);
  await staging.lease({ run: "run-2", description: "you" }, 0);
  await staging.claim("scanner", 0, RECORD);
  expect((await staging.verify()).lines).toBe(3);
  expect((await prod.verify()).lines).toBe(4);
  expect(await eventsOf(staging)).toEqual([]);
});

test("its lines are those of the file ledger, to the byte", async () => {
  const root = await mkdtemp(join(tmpdir(), "kw-lines-"));
  const file = openFileLedger({ directory: join(root, "ledger"), instance: "acme-prod", clock });
  opened.push(file);
  for (const ledger of [file, await open()]) {
    await ledger.claim("scanner", 0, RECORD, [anEvent("x\u2028y")]);
    await ledger.lease({ run: "run-1", description: "me" }, 0);
    ledger.note(anEvent("noted"));
    await ledger.claim("scanner", 1, null);
  }
  const text = await readFile(join(root, "ledger", "ledger.jsonl"), "utf8");
  expect(await place.readLines()).toEqual(text.split("\n").slice(0, -1));
  await rm(root, { recursive: true });
});

test("an entry of megabytes and a history of many pages come back whole", async () => {
  const ledger = await open();
  await ledger.append(anEvent("x".repeat(3_000_000)));
  await Promise.all(Array.from({ length: 1200 }, (_, index) => ledger.append(anEvent(`key-${index}`))));
  const [long, ...rest] = await eventsOf(await open());
  expect(long?.name).toHaveLength(3_000_000);
  expect(rest.map(({ name }) => name)).toEqual(rest.map((_, index) => `key-${index}`));
  expect(rest).toHaveLength(1200);
  expect((await (await open()).verify()).lines).toBe(1202);
});

test("requests that wait together share their transactions", async () => {
  const ledger = await open();
  await ledger.append(anEvent("first"));
  await Promise.all(Array.from({ length: 500 }, (_, index) => ledger.append(anEvent(`key-${index}`))));
  const sql = "select distinct write_id from keywright_ledger_lines";
  expect((await place.query(sql)).length).toBeLessThanOrEqual(4);
});

// ── What somebody did to the tables ──────────────────────────────────────────────────────────────────────

type Lines = readonly string[];
const HARM: Readonly<Record<string, readonly [(lines: Lines) => Lines, number]>> = {
  "a changed character": [(lines) => lines.with(2, (lines[2] ?? "").replace("key-1", "key-9")), 3],
  "a changed last line": [(lines) => lines.with(4, (lines[4] ?? "").replace("key-3", "key-9")), 5],
  "a missing line": [(lines) => lines.toSpliced(2, 1), 3],
  "a repeated line": [(lines) => lines.toSpliced(2, 0, lines[2] ?? ""), 4],
  "an empty line": [(lines) => lines.with(3, ""), 4],
  "a missing header": [(lines) => lines.slice(1), 1],
};

for (const [what, [change, line]] of Object.entries(HARM)) {
  test(`${what} is found, with the place, by readers and writers, and nothing is written`, async () => {
    const ledger = await open();
    for (const key of ["key-0", "key-1", "key-2", "key-3"]) await ledger.append(anEvent(key));
    await place.writeLines(change(await place.readLines()));
    const before = await place.readLines();
    const again = await open();
    for (const work of [
      () => again.records(),
      () => eventsOf(again),
      () => again.append(anEvent("late")),
      () => again.claim("late", 0, RECORD),
      () => again.lease({ run: "late", description: "me" }, 0),
    ]) {
      const fault = await faultOf(work());
      expect(fault.code).toBe("LEDGER_CORRUPT");
      expect(fault.message).toContain(`/acme-prod:${line}: `);
      expect(fault.hint).toContain("backup");
    }
    expect(await place.readLines()).toEqual(before);
  });
}

const EDITS: Readonly<Record<string, string>> = {
  "a row of the middle": "delete from keywright_ledger_lines where seq = 3",
  "the last row": "delete from keywright_ledger_lines where seq = 5",
  "all rows": "delete from keywright_ledger_lines",
  "the head": "delete from keywright_ledger_heads",
};

for (const [what, sql] of Object.entries(EDITS)) {
  test(`${what} that somebody deleted is missed, by who begins anew and by who is at work`, async () => {
    const ledger = await open();
    for (const key of ["key-0", "key-1", "key-2", "key-3"]) await ledger.append(anEvent(key));
    await place.query(sql);
    const again = await open();
    expect((await faultOf(again.records())).code).toBe("LEDGER_CORRUPT");
    expect((await faultOf(again.append(anEvent("late")))).code).toBe("LEDGER_CORRUPT");
    expect((await faultOf(again.verify())).code).toBe("LEDGER_CORRUPT");
    if (what === "the last row" || what === "a row of the middle") return;
    expect((await faultOf(ledger.records())).code).toBe("LEDGER_CORRUPT");
  });
}

test("a tail that is cut under an open ledger is noticed before anything is written", async () => {
  const ledger = await open();
  for (const key of ["key-0", "key-1", "key-2"]) await ledger.append(anEvent(key));
  await place.writeLines((await place.readLines()).slice(0, 3));
  expect((await faultOf(ledger.append(anEvent("late")))).message).toContain("shorter while in use");
  expect((await faultOf(ledger.records())).code).toBe("LEDGER_CORRUPT");
  expect(await place.readLines()).toHaveLength(3);
});

test("lines behind the head are found by who reads and by who writes", async () => {
  const ledger = await open();
  for (const key of ["key-0", "key-1"]) await ledger.append(anEvent(key));
  const hash = (await place.readLines())[1]?.slice(-66, -2);
  await place.query("update keywright_ledger_heads set seq = 2, hash = $1", [hash]);
  const again = await open();
  expect((await faultOf(again.records())).message).toContain("its head says line 2, and its last line is 3");
  expect((await faultOf(again.append(anEvent("late")))).code).toBe("LEDGER_CORRUPT");
  expect(await place.readLines()).toHaveLength(3);
});

test("rows that were moved from one instance to another are refused, naming both", async () => {
  await (await open()).append(anEvent("a"));
  for (const table of ["lines", "heads"]) {
    await place.query(`update keywright_ledger_${table} set instance = 'acme-staging'`);
  }
  const fault = await faultOf((await open({ instance: "acme-staging" })).records());
  expect(fault.code).toBe("LEDGER_CORRUPT");
  expect(fault.message).toContain("it belongs to instance acme-prod, not acme-staging");
});

// ── The lease ────────────────────────────────────────────────────────────────────────────────────────────

const leaseEnd = async (): Promise<number> => {
  const sql = "select lease_until as until from keywright_ledger_heads";
  return (await place.query<{ until: Date | null }>(sql))[0]?.until?.getTime() ?? 0;
};

const runOut = (): Promise<unknown> =>
  place.query("update keywright_ledger_heads set lease_until = now() - interval '1 second'");

test("a holder that writes nothing renews its lease by itself", async () => {
  const ledger = await open({ leaseMs: 900 });
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  const first = await leaseEnd();
  while ((await leaseEnd()) < first + 900) expect(lease.lost.aborted).toBe(false);
  expect(await place.readLines()).toHaveLength(2);
});

test("a holder that writes nothing hears by itself that it was overtaken, and its notes are dropped", async () => {
  const ledger = await open({ leaseMs: 900 });
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  const lost = new Promise((resolve) => lease.lost.addEventListener("abort", resolve));
  const other = await open();
  for (let taken = false; !taken;) {
    await runOut();
    taken = await other.lease({ run: "run-2", description: "you" }, 0).then(
      () => true,
      () => false,
    );
  }
  ledger.note(anEvent("late"));
  await lost;
  expect((await faultOf(ledger.append(anEvent("late")))).code).toBe("LEASE_LOST");
  await lease.release();
  await ledger.close();
  expect(await eventsOf(other)).toEqual([]);
});

test("the refusal names the holder, since when, until when, and what to do", async () => {
  await (await open()).lease({ run: "run-1", description: "ann@laptop" }, 0);
  const fault = await faultOf((await open()).lease({ run: "run-2", description: "me" }, 0));
  const until = new Date(await leaseEnd()).toISOString();
  expect(fault.message).toBe(
    `another apply is under way: run run-1 (ann@laptop) since 2026-11-21T08:15:00.000Z, until ${until}`,
  );
  expect(fault.hint).toContain("if its process is gone");
});

test("a lease that was given back is free at once, whatever its end was", async () => {
  const ledger = await open();
  await (await ledger.lease({ run: "run-1", description: "me" }, 0)).release();
  expect(await leaseEnd()).toBe(0);
  await ledger.append(anEvent("without a lease"));
  expect(await leaseEnd()).toBe(0);
});
