import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../duration.ts";
import type { KeyRecord } from "../key-record.ts";
import { aPlan, someFacts } from "../some-facts.fixture.ts";
import { type CheckSchedule, type LastCheck, SCHEDULE_RECORD, scheduleOf } from "./check-schedule.ts";
import { CLAIM_MS, claimTick, releaseClaim, renewClaim } from "./claim-tick.ts";
import { lastCheckOf } from "./last-check-of.ts";
import { noteCheck } from "./note-check.ts";
import { lateCheck, schedulerSilence, silenceMargin } from "./silence.ts";
import { statusOf } from "../status-report.ts";
import { buildReport } from "../drift/drift-report.ts";

const NOW = new Date("2026-11-21T08:00:00.000Z");
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);
const aCheck = (over: Partial<LastCheck> = {}): LastCheck => ({
  at: NOW.toISOString(),
  by: "ci",
  result: "clean",
  findings: 0,
  ...over,
});
const ME = { by: "me", now: NOW };

function claimed(before: CheckSchedule, tick: Date, who = ME): CheckSchedule {
  const decision = claimTick(before, tick, who);
  if (decision.state !== "claimed") throw new Error(decision.state);
  return decision.next;
}

test("a firing is claimed for a minute, and nobody else takes it meanwhile", () => {
  const taken = claimed({ lastCheck: aCheck() }, ago(3000));
  expect(taken).toEqual({
    lastCheck: aCheck(),
    claim: {
      tick: ago(3000).toISOString(),
      by: "me",
      until: ago(-CLAIM_MS).toISOString(),
    },
  });
  const until = ago(-CLAIM_MS);
  const other = { by: "other", now: ago(-CLAIM_MS + 1) };
  expect(claimTick(taken, ago(3000), other)).toEqual({ state: "busy", until });
  // The same daemon may, after an answer of the ledger that got lost.
  expect(claimTick(taken, ago(3000), ME).state).toBe("claimed");
});

test("whoever died is replaced when its claim has run out, and so is one whose clock was wrong", () => {
  const taken = claimed({}, ago(0));
  expect(claimTick(taken, ago(0), { by: "other", now: ago(-CLAIM_MS) }).state).toBe("claimed");
  expect(claimTick(taken, ago(0), { by: "other", now: ago(24 * HOUR_MS) }).state).toBe("claimed");
});

test("a claim is renewed and released by its holder alone", () => {
  const taken = claimed({}, ago(0));
  const later = ago(-20_000);
  expect(renewClaim(taken, { by: "me", now: later }).claim?.until).toBe(
    ago(-20_000 - CLAIM_MS).toISOString(),
  );
  expect(renewClaim(taken, { by: "other", now: later })).toBe(taken);
  expect(renewClaim({}, { by: "me", now: later })).toEqual({});
  expect(releaseClaim(taken, "other")).toBe(taken);
  expect(releaseClaim(taken, "me")).toEqual({});
});

test("a check that gets through does what came due until its end; one that failed leaves it to another", () => {
  const tick = ago(3000);
  const done = noteCheck(claimed({}, tick), aCheck({ result: "incomplete" }), "me");
  expect(done).toEqual({ lastCheck: aCheck({ result: "incomplete" }), doneAt: NOW.toISOString() });
  expect(claimTick(done, tick, { by: "other", now: NOW })).toEqual({ state: "done" });
  expect(claimTick(done, ago(-1), { by: "other", now: ago(-1) }).state).toBe("claimed");
  const failed = noteCheck(claimed({}, tick), aCheck({ result: "failed" }), "me");
  expect(failed).toEqual({ lastCheck: aCheck({ result: "failed" }) });
  expect(claimTick(failed, tick, { by: "other", now: NOW }).state).toBe("claimed");
});

test("what is done far ahead of the clock was written by a wrong one, and stops nobody", () => {
  expect(claimTick({ doneAt: ago(-24 * HOUR_MS).toISOString() }, NOW, ME).state).toBe("claimed");
});

test("a check of no daemon leaves a claim as it is, and does no firing", () => {
  const taken = claimed({ doneAt: ago(HOUR_MS).toISOString() }, ago(0));
  const noted = noteCheck(taken, aCheck({ result: "drift", findings: 2 }));
  expect(noted).toEqual({
    ...taken,
    lastCheck: aCheck({ result: "drift", findings: 2 }),
    lastGoodAt: NOW.toISOString(),
  });
  expect(noteCheck({}, aCheck({ result: "failed" }), "me")).toEqual({
    lastCheck: aCheck({ result: "failed" }),
  });
});

const recorded = (schedule: CheckSchedule): ReadonlyMap<string, KeyRecord> =>
  new Map([
    [SCHEDULE_RECORD, { name: SCHEDULE_RECORD, version: 1, retiring: [], protected: false, schedule }],
  ]);

const silent = (
  lastMs: number,
  longestSilenceMs: number | undefined,
  dueWithinMs: number | undefined = longestSilenceMs,
): boolean =>
  schedulerSilence({
    records: recorded({
      lastCheck: aCheck({
        at: ago(lastMs).toISOString(),
        result: "failed",
        ...(dueWithinMs !== undefined && { dueWithinMs }),
      }),
    }),
    ...(longestSilenceMs !== undefined && { longestSilenceMs }),
    now: NOW,
  }) !== undefined;

test("a scheduler is silent when nothing came for its longest pause and a margin, whatever the last check found", () => {
  expect(silenceMargin(5 * MINUTE_MS)).toBe(15 * MINUTE_MS);
  expect(silenceMargin(24 * HOUR_MS)).toBe(6 * HOUR_MS);
  expect(silent(90 * MINUTE_MS, HOUR_MS)).toBe(false);
  expect(silent(90 * MINUTE_MS + 1, HOUR_MS)).toBe(true);
  expect(silent(30 * HOUR_MS, 24 * HOUR_MS)).toBe(false);
  expect(silent(30 * HOUR_MS + 1, 24 * HOUR_MS)).toBe(true);
});

test("a schedule that is new, denser or sparser since the last check is no reason for an alarm", () => {
  const facts = { longestSilenceMs: MINUTE_MS, now: NOW };
  const byHand = recorded({ lastCheck: aCheck({ at: ago(1e9).toISOString() }) });
  expect(schedulerSilence({ ...facts, records: byHand })).toBeUndefined();
  expect(silent(40 * HOUR_MS, HOUR_MS, 48 * HOUR_MS)).toBe(false);
  expect(silent(40 * HOUR_MS, 48 * HOUR_MS, HOUR_MS)).toBe(false);
  expect(silent(55 * HOUR_MS, HOUR_MS, 48 * HOUR_MS)).toBe(true);
});

test("a check remembers when the next one is due; one that could not begin leaves that as it was", () => {
  const due = lastCheckOf(undefined, NOW, "ci", HOUR_MS);
  expect(due).toEqual(aCheck({ result: "failed", dueWithinMs: HOUR_MS }));
  expect(lastCheckOf(undefined, NOW, "ci", Infinity)).toEqual(aCheck({ result: "failed" }));
  const unbegun = aCheck({ result: "failed" });
  expect(noteCheck({ lastCheck: due }, unbegun).lastCheck).toEqual(due);
  expect(noteCheck({ lastCheck: unbegun }, unbegun).lastCheck).toEqual(unbegun);
  expect(noteCheck({}, unbegun).lastCheck).toEqual(unbegun);
  expect(noteCheck({ lastCheck: due }, aCheck()).lastCheck).toEqual(aCheck());
});

test("no alarm without a schedule, for one that ended, before the first check, or over a time that cannot be read", () => {
  expect(silent(1e12, undefined)).toBe(false);
  expect(silent(1e12, Infinity)).toBe(false);
  expect(schedulerSilence({ records: new Map(), longestSilenceMs: 1, now: NOW })).toBeUndefined();
  const records = recorded({ lastCheck: aCheck({ at: "soon", dueWithinMs: 1 }) });
  expect(schedulerSilence({ records, longestSilenceMs: 1, now: NOW })).toBeUndefined();
});

test("a silent scheduler is a notice of every plan", () => {
  const facts = someFacts({});
  const at = new Date(facts.now.getTime() - 1e9).toISOString();
  const records = recorded({ lastCheck: aCheck({ at, dueWithinMs: HOUR_MS }) });
  const codes = aPlan({ ...facts, records, longestSilenceMs: HOUR_MS }).notices.map(({ code }) => code);
  expect(codes).toEqual(["SCHEDULER_SILENT"]);
  expect(aPlan({ ...facts, records }).notices).toEqual([]);
});

test.each([
  ["there was none", {}, "no check for drift within 2h: there was none yet"],
  [
    "none was good",
    { lastCheck: aCheck({ result: "failed" }) },
    "no check for drift within 2h: none has seen everything yet",
  ],
  ["the last is good", { lastCheck: aCheck(), lastGoodAt: NOW.toISOString() }, undefined],
  ["it is just old enough", { lastGoodAt: ago(2 * HOUR_MS).toISOString() }, undefined],
  [
    "it is older",
    { lastGoodAt: ago(2 * HOUR_MS + 1).toISOString() },
    "no good check for drift within 2h: the last good one was at 2026-11-21T05:59:59.999Z",
  ],
  [
    "those since did not see everything",
    { lastCheck: aCheck({ result: "failed" }), lastGoodAt: ago(3 * HOUR_MS).toISOString() },
    "no good check for drift within 2h: the last good one was at 2026-11-21T05:00:00.000Z, and the last one, at 2026-11-21T08:00:00.000Z, did not see everything",
  ],
] satisfies readonly (readonly [string, CheckSchedule, string | undefined])[])(
  "a monitor is told of a good check that is late: %s",
  (_, schedule, expected) => {
    expect(lateCheck(schedule, 2 * HOUR_MS, NOW)).toBe(expected);
  },
);

test("what is remembered of a check says what it saw, and of a look without an end that it failed", () => {
  const facts = someFacts({});
  const plan = aPlan(facts);
  const quiet = buildReport({ findings: [], due: [], fixes: [] }, plan, {});
  expect(lastCheckOf(undefined, NOW, "ci")).toEqual(aCheck({ result: "failed" }));
  expect(lastCheckOf({ ...quiet, source: { type: "directory", location: "/m" } }, NOW, "ci")).toEqual(
    aCheck(),
  );
  const source = { type: "git", location: "/m", commit: "c".repeat(40) } as const;
  const found = { ...quiet, source, counts: { fix: 1, report: 2, ignore: 4, due: 8 } };
  const commit = source.commit;
  expect(lastCheckOf(found, NOW, "ci")).toEqual(aCheck({ result: "drift", findings: 3, commit }));
  expect(lastCheckOf({ ...found, unread: ["x"] }, NOW, "ci").result).toBe("incomplete");
});

test("a status tells of checks and of what was applied as far as anything is known", () => {
  const facts = someFacts({});
  expect(Object.keys(statusOf(facts))).toEqual(["apiVersion", "kind", "instance", "at", "keys"]);
  expect(statusOf(facts, HOUR_MS).late).toBe("no check for drift within 1h: there was none yet");
  const at = new Date(facts.now.getTime() - 1e9).toISOString();
  const applied = { at, items: {} };
  const record = { name: "store/baseline", version: 1, retiring: [], protected: false };
  const baseline = (commit?: string) => ({ applied: { ...applied, ...(commit && { commit }) } });
  const records = (commit?: string) =>
    new Map<string, KeyRecord>([
      ...recorded({ lastCheck: aCheck({ at, dueWithinMs: 1 }), lastGoodAt: at }),
      ["store/baseline", { ...record, baseline: baseline(commit) }] as const,
    ]);
  expect(statusOf({ ...facts, records: records(), longestSilenceMs: 1 }, HOUR_MS)).toMatchObject({
    applied: { at },
    lastCheck: aCheck({ at }),
    lastGoodCheckAt: at,
    silence: expect.stringContaining("no check since"),
    late: expect.stringContaining("no good check"),
  });
  expect(statusOf({ ...facts, records: records("c0ffee") }).applied).toEqual({ at, commit: "c0ffee" });
  expect(scheduleOf(new Map())).toEqual({});
});
