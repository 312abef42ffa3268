/** What is seen of drift, runs and leaks, as matters that people are told of. */

import { expect, test } from "vitest";
import type { Blocked } from "../blocked.ts";
import type { DriftReport } from "../drift/drift-report.ts";
import type { Finding } from "../drift/finding.ts";
import { KeywrightError } from "../error.ts";
import type { KeyRequest } from "../request.ts";
import type { ChangeOutcome, RunRecord } from "../run.ts";
import { observeDrift } from "./drift-matters.ts";
import { hasLeaks, observeLeaks } from "./leak-matters.ts";
import { observeAll, type Observed } from "./matter.ts";
import { observeFailure, observeRun } from "./run-matters.ts";

const aFinding = (over: Partial<Finding> = {}): Finding => ({
  class: "altered",
  kind: "ApiKey",
  name: "scanner",
  id: "key_1",
  generation: 3,
  message: "not as it was applied: owner",
  hint: "look",
  response: "report",
  key: "altered/ApiKey/scanner/g3",
  ...over,
});

const aReport = (over: Partial<DriftReport> = {}): DriftReport => ({
  apiVersion: "keywright/v1",
  kind: "Drift",
  instance: "acme",
  store: "memory:store",
  checkedAt: "2026-11-21T08:00:00.000Z",
  source: { type: "directory", location: "/keys" },
  manifestDigest: "sha256:m",
  findings: [],
  due: [],
  unread: [],
  counts: { fix: 0, report: 0, ignore: 0, due: 0 },
  ...over,
});

const keysOf = ({ matters }: Observed): readonly string[] => matters.map(({ item }) => item.key);

test("findings are told but those to be ignored, with what they are about", () => {
  const foreign: Finding = {
    class: "foreign",
    kind: "ApiKey",
    message: "m",
    response: "report",
    key: "foreign/x",
  };
  const ignored = aFinding({ key: "b", response: "ignore" });
  const { matters } = observeDrift(aReport({ findings: [aFinding(), foreign, ignored] }), []);
  expect(matters).toEqual([
    {
      family: "drift",
      item: {
        key: "altered/ApiKey/scanner/g3",
        message: "altered: scanner: not as it was applied: owner",
        hint: "look",
        kind: "ApiKey",
        name: "scanner",
        id: "key_1",
        generation: 3,
        class: "altered",
        response: "report",
      },
    },
    {
      family: "drift",
      item: { key: "foreign/x", message: "foreign: m", kind: "ApiKey", class: "foreign", response: "report" },
    },
  ]);
});

test.each<[string, Partial<DriftReport>, readonly string[]]>([
  ["all is well", {}, ["drift", "run", "run/drift", "run/fix"]],
  ["something is found", { findings: [aFinding()] }, ["drift", "run/drift"]],
  [
    "something is due",
    { due: [{ action: "rotate", kind: "ApiKey", name: "a", message: "age" }] },
    ["drift", "run/drift"],
  ],
  ["something could not be looked at", { unread: ["sink ci"] }, ["run/drift"]],
])("what a check ends when %s", (_case, over, expected) => {
  const { isGone } = observeDrift(aReport(over), ["drift"]);
  const over_ = {
    drift: isGone("altered/x", "drift"),
    run: isGone("run/ApiKey/x", "run"),
    "run/drift": isGone("run/drift/STORE_BUSY", "run"),
    "run/fix": isGone("run/drift --fix/GUARD_REFUSED", "run"),
    expiring: isGone("expiring/x", "expiring"),
  };
  expect(Object.entries(over_).flatMap(([name, is]) => (is ? name : []))).toEqual(expected);
});

const anOutcome = (name: string, over: Partial<ChangeOutcome> = {}): ChangeOutcome => ({
  action: "rotate",
  kind: "ApiKey",
  name,
  outcome: "applied",
  message: "done",
  durationMs: 1,
  ...over,
});

const BLOCKED: Blocked = {
  kind: "ApiKey",
  name: "b",
  code: "KEY_UNKNOWN",
  message: "nobody knows it",
  hint: "look",
};

test("a run tells of what failed, of what may have, and of what had to be left alone", () => {
  const error = { code: "STORE_REJECTED", message: "no", hint: "ask" } as const;
  const unknown = { code: "STORE_OUTCOME_UNKNOWN", message: "silence" } as const;
  const changes = [
    anOutcome("a"),
    anOutcome("f", { outcome: "failed", message: "x", error }),
    anOutcome("u", { outcome: "unknown", error: unknown }),
    anOutcome("p", { outcome: "failed", message: "plain" }),
    anOutcome("n", { outcome: "not-run" }),
  ];
  const waiting: Blocked = { ...BLOCKED, name: "w", code: "PROTECTED" };
  const { matters } = observeRun({ changes, blocked: [BLOCKED, waiting], isWhole: true });
  expect(matters.map(({ family, item }) => [family, item])).toEqual([
    [
      "run",
      {
        key: "run/ApiKey/f",
        message: "rotate ApiKey f failed: no",
        hint: "ask",
        kind: "ApiKey",
        name: "f",
        code: "STORE_REJECTED",
      },
    ],
    [
      "run",
      {
        key: "run/ApiKey/u",
        message: "rotate ApiKey u may or may not have been done: silence",
        kind: "ApiKey",
        name: "u",
        code: "STORE_OUTCOME_UNKNOWN",
      },
    ],
    ["run", { key: "run/ApiKey/p", message: "rotate ApiKey p failed: plain", kind: "ApiKey", name: "p" }],
    [
      "run",
      {
        key: "run/ApiKey/b",
        message: "ApiKey b is left alone: nobody knows it",
        hint: "look",
        kind: "ApiKey",
        name: "b",
        code: "KEY_UNKNOWN",
      },
    ],
  ]);
});

const overOf = (changes: readonly ChangeOutcome[], isWhole: boolean) => {
  const { isGone } = observeRun({ changes, blocked: [], isWhole });
  return ["run/ApiKey/a", "run/ApiKey/b", "run/apply/X", "run/drift/X", "run/drift --fix/X"].filter((key) =>
    isGone(key, "run"),
  );
};

test("a run of everything ends what failed before; any other, and one that was cut short, only what it did", () => {
  expect(overOf([anOutcome("a")], true)).toEqual(["run/ApiKey/a", "run/ApiKey/b", "run/apply/X"]);
  expect(overOf([anOutcome("a")], false)).toEqual(["run/ApiKey/a"]);
  expect(overOf([anOutcome("a"), anOutcome("c", { outcome: "not-run" })], true)).toEqual(["run/ApiKey/a"]);
  expect(observeRun({ changes: [], blocked: [], isWhole: true }).isGone("x", "drift")).toBe(false);
});

const told = (details: object) =>
  observeFailure("apply", new KeywrightError("INPUT_INVALID", "not valid", details)).matters[0]?.item;

test("what ends a command is told by its code, with the number of issues", () => {
  const issue = { file: "a", line: 1, column: 1, code: "X", severity: "error", message: "m" } as const;
  expect(told({})).toEqual({
    key: "run/apply/INPUT_INVALID",
    message: "keywright apply ended with INPUT_INVALID: not valid",
    code: "INPUT_INVALID",
  });
  expect(told({ issues: [issue], hint: "mend it" })).toMatchObject({
    message: expect.stringMatching(/not valid \(1 issue\)$/),
    hint: "mend it",
  });
  expect(told({ issues: [issue, issue] })?.message).toMatch(/\(2 issues\)$/);
  expect(observeFailure("drift", new KeywrightError("STORE_BUSY", "x")).isGone("run/x", "run")).toBe(false);
});

const aRun = (changes: readonly ChangeOutcome[], requests?: readonly KeyRequest[]): RunRecord => ({
  apiVersion: "keywright/v1",
  kind: "Run",
  id: "20261121T081500Z-7f3a9c",
  instance: "acme",
  store: "memory:store",
  planDigest: "sha256:p",
  ...(requests && { requests }),
  startedAt: "2026-11-21T08:15:00.000Z",
  finishedAt: "2026-11-21T08:15:01.000Z",
  result: "applied",
  counts: { applied: 1, failed: 0, "not-run": 0, unknown: 0 },
  changes,
  blocked: [],
});

const LEAK: KeyRequest = { type: "leak", name: "a", reason: "in a log", operation: "op1" };
const OPEN = new Map([["a", { leaked: ["op1"] }]]);
const NONE = new Map<string, { leaked?: readonly string[] }>([["a", {}]]);

test("a leak that was mended is told, with how and why", () => {
  const run = aRun([anOutcome("a"), anOutcome("a", { action: "revoke" })], [LEAK]);
  expect(hasLeaks(NONE, run)).toBe(true);
  expect(observeLeaks(NONE, NONE, run)).toMatchObject({
    matters: [
      {
        family: "leak",
        item: {
          key: "leak/ApiKey/a/20261121T081500Z-7f3a9c",
          message: "a leaked key of a was replaced and revoked (in a log)",
          name: "a",
        },
      },
    ],
  });
  expect(observeLeaks(NONE, new Map(), run).isGone("leak/x", "leak")).toBe(false);
});

test("one that is not mended is not, until a later run has done it", () => {
  const failed = aRun([anOutcome("a"), anOutcome("a", { action: "revoke", outcome: "failed" })], [LEAK]);
  expect(keysOf(observeLeaks(NONE, OPEN, failed))).toEqual([]);
  expect(keysOf(observeLeaks(NONE, NONE, failed))).toEqual([]);
  expect(keysOf(observeLeaks(NONE, NONE, aRun([], [LEAK])))).toEqual([]);
  const later = aRun([anOutcome("a", { action: "revoke" })]);
  expect(hasLeaks(OPEN, later)).toBe(true);
  expect(observeLeaks(OPEN, NONE, later).matters[0]?.item.message).toBe("a leaked key of a was revoked");
});

test("without a leak there is nothing to look for", () => {
  const rotation: KeyRequest = { type: "rotate", name: "a", reason: "x" };
  expect(hasLeaks(NONE, aRun([], [rotation]))).toBe(false);
  expect(keysOf(observeLeaks(NONE, NONE, aRun([anOutcome("a")], [rotation])))).toEqual([]);
});

test("several observations are one: what any of them saw, and what any of them found to be over", () => {
  const one: Observed = { matters: [], isGone: (key) => key === "a" };
  const other = observeFailure("apply", new KeywrightError("STORE_BUSY", "x"));
  const all = observeAll(one, other);
  expect(keysOf(all)).toEqual(["run/apply/STORE_BUSY"]);
  expect([all.isGone("a", "run"), all.isGone("b", "run")]).toEqual([true, false]);
});
