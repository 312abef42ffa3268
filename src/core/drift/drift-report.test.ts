import { expect, test } from "vitest";
import { aDesiredKey, NOW, SLOT } from "../a-key.fixture.ts";
import { baselineOf } from "../baseline.ts";
import { aPlan, BINDING, type FactsParts } from "../some-facts.fixture.ts";
import { APPLIED_AT, type Before, changedFacts, driftOf } from "./drift.fixture.ts";
import { buildReport, type DriftReport, hasFindings } from "./drift-report.ts";
import type { DriftPolicy } from "./finding.ts";

function reportOf(after: FactsParts, before: Before = {}, policy: Partial<DriftPolicy> = {}): DriftReport {
  const facts = changedFacts(after, before);
  return buildReport(driftOf(facts, policy), aPlan(facts), baselineOf(facts.records));
}

test("a report says what was looked at, against what, and counts what was found", () => {
  const commit = "b".repeat(40);
  expect(reportOf({ live: [] }, { applied: { commit } })).toMatchObject({
    apiVersion: "keywright/v1",
    kind: "Drift",
    instance: "acme",
    store: BINDING.store,
    checkedAt: NOW.toISOString(),
    source: BINDING.source,
    appliedAt: APPLIED_AT,
    appliedCommit: commit,
    foreignKnownAt: APPLIED_AT,
    findings: [{ class: "missing" }],
    due: [],
    unread: [],
    counts: { fix: 1, report: 0, ignore: 0, due: 0 },
  });
});

test("a report of a ledger that remembers nothing says so by what it lacks", () => {
  const report = reportOf({}, { applied: null, known: null });
  for (const field of ["appliedAt", "appliedCommit", "foreignKnownAt"])
    expect(report).not.toHaveProperty(field);
});

test("what could not be looked at is part of the report", () => {
  expect(reportOf({ slots: [[SLOT, { type: "unreadable", message: "no route" }]] }).unread).toEqual([
    "local: path=ci/scanner could not be read: no route",
  ]);
  const facts = changedFacts();
  const block = {
    kind: "Secret",
    name: "token",
    code: "SECRET_SOURCE_UNREADABLE",
    message: "m",
    hint: "h",
  } as const;
  const plan = { ...aPlan(facts), blocked: [block] };
  expect(buildReport(driftOf(facts), plan, {}).unread).toEqual(["the value of token: m"]);
});

test("what is ignored is no finding for an exit code", () => {
  expect(hasFindings(reportOf({ live: [] }))).toBe(true);
  expect(hasFindings(reportOf({ live: [] }, {}, { missing: "ignore" }))).toBe(false);
  expect(hasFindings(reportOf({ keys: [aDesiredKey({ displayName: "New" })] }))).toBe(true);
});
