/** What `verify` finds, for every ledger that outlives its process: each driver lets the kit edit its lines. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256Hex } from "../../src/core/digest.ts";
import { isKeywrightError, type KeywrightError } from "../../src/core/error.ts";
import type { LedgerEvent } from "../../src/core/ledger-event.ts";
import type { StoredLedger } from "../../src/core/ports.ts";
import { aRecord, anEvent } from "./ledger-contract.ts";

export interface EditableLedger {
  open(instance?: string): StoredLedger | Promise<StoredLedger>;
  /** Without their line ends. */
  readLines(): Promise<readonly string[]>;
  /** Puts these in place of all lines, and whatever else tells where the ledger ends in agreement with them. */
  writeLines(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const INSTANCE = "acme-prod";
const AT = "2026-11-21T08:15:00.000Z";

const aStart = (run: string): LedgerEvent => ({
  type: "run-started",
  run,
  at: AT,
  instance: INSTANCE,
  store: "memory",
  planDigest: "sha256:0",
  changes: 1,
});

const anEnd = (run: string): LedgerEvent => ({
  type: "run-finished",
  run,
  at: AT,
  record: {
    apiVersion: "keywright/v1",
    kind: "Run",
    id: run,
    instance: INSTANCE,
    store: "memory",
    planDigest: "sha256:0",
    startedAt: AT,
    finishedAt: AT,
    result: "applied",
    counts: { applied: 1, failed: 0, "not-run": 0, unknown: 0 },
    changes: [],
    blocked: [],
  },
});

const faultOf = async (work: Promise<unknown>): Promise<KeywrightError> => {
  const error: unknown = await work.then(
    () => new Error("nothing was found"),
    (fault: unknown) => fault,
  );
  if (isKeywrightError(error)) return error;
  throw error;
};

export function storedLedgerContract(name: string, start: () => Promise<EditableLedger>): void {
  let under: EditableLedger;
  let opened: StoredLedger[] = [];

  beforeEach(async () => {
    under = await start();
    opened = [];
  });
  afterEach(async () => {
    for (const ledger of opened) await ledger.close();
    await under.close();
  });

  const open = async (instance = INSTANCE): Promise<StoredLedger> => {
    const ledger = await under.open(instance);
    opened.push(ledger);
    return ledger;
  };

  const write = async (): Promise<StoredLedger> => {
    const ledger = await open();
    await ledger.claim("scanner", 0, aRecord("a"), [anEvent("scanner")]);
    await ledger.claim("scanner", 1, aRecord("b"));
    await ledger.claim("sync", 0, aRecord("c"));
    await ledger.append(anEvent("sync"));
    return ledger;
  };

  /** As a process that begins after somebody has edited the ledger. */
  const edit = async (change: (lines: readonly string[]) => readonly string[]): Promise<StoredLedger> => {
    await under.writeLines(change(await under.readLines()));
    return open();
  };

  test(`${name}: verify says of a new ledger that nothing is in it, and makes nothing`, async () => {
    const ledger = await open();
    expect(await ledger.verify()).toEqual({ lines: 0, runs: 0, keys: 0, openIntents: [] });
    expect(await under.readLines()).toEqual([]);
  });

  test(`${name}: verify sums an untouched ledger up, and knows its earlier heads`, async () => {
    const ledger = await write();
    const summary = await ledger.verify();
    const lines = await under.readLines();
    const hash = lines.at(-1)?.slice(-66, -2);
    expect(summary).toMatchObject({ lines: 6, runs: 0, keys: 2, head: { sequence: 6, hash } });
    expect(summary.openIntents.map((intent) => intent.name)).toEqual(["scanner", "sync"]);
    const { at } = JSON.parse(lines[0] ?? "") as { at: string };
    expect(summary.firstAt).toBe(at);
    await ledger.claim("secret/token", 0, aRecord("d"));
    expect(await (await open()).verify(summary.head)).toMatchObject({ lines: 7, keys: 2 });
  });

  test(`${name}: verify closes an intent by its outcome, and tells what became of its run`, async () => {
    const ledger = await open();
    const [dead, whole, late] = [
      anEvent("dead", "run-1"),
      anEvent("whole", "run-2"),
      anEvent("late", "run-3"),
    ];
    await ledger.append(aStart("run-1"), dead, dead, { ...dead, type: "outcome", outcome: "ok" });
    expect((await ledger.verify()).openIntents).toEqual([{ ...dead, state: "unknown" }]);
    await ledger.append(aStart("run-2"), whole, anEnd("run-2"), aStart("run-3"), { ...late, target: "ak_1" });
    const { runs, openIntents } = await ledger.verify();
    expect(runs).toBe(3);
    expect(openIntents).toEqual([
      { ...dead, state: "settled" },
      { ...whole, state: "not-begun" },
      { ...late, target: "ak_1", state: "unknown" },
    ]);
  });

  const HARM: Readonly<Record<string, [(lines: readonly string[]) => readonly string[], number]>> = {
    "a changed byte": [(lines) => lines.with(2, (lines[2] ?? "").replace("scanner", "scannes")), 3],
    "a changed last line": [(lines) => lines.with(5, (lines[5] ?? "").replace("sync", "sinc")), 6],
    "a removed line": [(lines) => lines.toSpliced(3, 1), 4],
    "a line that was put in twice": [(lines) => lines.toSpliced(3, 0, lines[2] ?? ""), 4],
    "a missing beginning": [(lines) => lines.slice(2), 1],
  };

  for (const [what, [change, line]] of Object.entries(HARM)) {
    test(`${name}: verify finds ${what}, and the place`, async () => {
      await write();
      const fault = await faultOf((await edit(change)).verify());
      expect(fault.code).toBe("LEDGER_CORRUPT");
      expect(fault.message).toMatch(new RegExp(`:${line}: `));
      expect(fault.hint).toContain("backup");
    });
  }

  test(`${name}: a tail that was cut off is found by who noted an earlier head`, async () => {
    const { head } = await (await write()).verify();
    const cut = await edit((lines) => lines.slice(0, 4));
    expect(await cut.verify()).toMatchObject({ lines: 4 });
    const fault = await faultOf(cut.verify(head));
    expect(fault.code).toBe("LEDGER_CORRUPT");
    expect(fault.message).toContain("it ends with line 4, and had a line 6");
  });

  test(`${name}: a ledger that was emptied is found by who noted an earlier head`, async () => {
    const { head } = await (await write()).verify();
    const emptied = await edit(() => []);
    expect(await emptied.verify()).toMatchObject({ lines: 0 });
    expect((await faultOf(emptied.verify(head))).message).toContain("it ends with line 0");
  });

  test(`${name}: a history that was written anew, with hashes that fit, is found by who noted a head`, async () => {
    const { head } = await (await write()).verify();
    const anew = await edit((lines) => rehash(lines.map((line) => line.replaceAll("scanner", "scannes"))));
    expect(await anew.verify()).toMatchObject({ lines: 6 });
    const fault = await faultOf(anew.verify(head));
    expect(fault.code).toBe("LEDGER_CORRUPT");
    expect(fault.message).toMatch(/:6: .*the history was rewritten/);
  });

  test(`${name}: a record that does not follow from the one before is found`, async () => {
    await write();
    const anew = await edit((lines) => rehash(lines.toSpliced(1, 1)));
    const fault = await faultOf(anew.verify());
    expect(fault.message).toMatch(/:3: the record of scanner goes from version 0 to 2/);
  });

  test(`${name}: the ledger of another instance is found`, async () => {
    await write();
    const foreign = await edit((lines) =>
      rehash(lines.map((line) => line.replace("acme-prod", "acme-test"))),
    );
    const fault = await faultOf(foreign.verify());
    expect(fault.code).toBe("LEDGER_CORRUPT");
    expect(fault.message).toContain(":1: it belongs to instance acme-test, not acme-prod");
  });

  test(`${name}: who holds the lease is told to others, and asking takes and makes nothing`, async () => {
    const asking = await open();
    expect(await asking.leaseHolder()).toBeUndefined();
    expect(await under.readLines()).toEqual([]);
    const holding = await open();
    const lease = await holding.lease({ run: "run-1", description: "ci on host-7" }, 0);
    const lines = await under.readLines();
    expect(await asking.leaseHolder()).toContain("run run-1 (ci on host-7) since ");
    expect(await under.readLines()).toEqual(lines);
    await lease.release();
    expect(await asking.leaseHolder()).toBeUndefined();
    const next = await holding.lease({ run: "run-2", description: "ci" }, 0);
    await next.release();
  });

  test(`${name}: a closed ledger verifies nothing`, async () => {
    const ledger = await open();
    await ledger.close();
    expect((await faultOf(ledger.verify())).code).toBe("LEDGER_UNUSABLE");
  });
}

/** The same entries as a chain that holds: what somebody who knows the format would write. */
function rehash(lines: readonly string[]): readonly string[] {
  let prev = "0".repeat(64);
  return lines.map((line, index) => {
    const entry = /"prev":"\w+","entry":(.*),"hash":"\w+"\}$/.exec(line)?.[1] ?? "";
    const { at } = JSON.parse(line) as { at: string };
    const body = `{"seq":${index + 1},"at":"${at}","prev":"${prev}","entry":${entry}`;
    prev = sha256Hex(body);
    return `${body},"hash":"${prev}"}`;
  });
}
