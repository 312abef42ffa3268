import { expect, test } from "vitest";
import { HOUR_MS } from "../duration.ts";
import { SCHEDULE_RECORD } from "../schedule/check-schedule.ts";
import { changedFacts, driftOf } from "./drift.fixture.ts";

test("the first check after a silence finds it, with the same key and words as long as it lasts", () => {
  const facts = changedFacts();
  const at = "2026-01-01T00:00:00.000Z";
  const lastCheck = { at, by: "ci", result: "clean", findings: 0, dueWithinMs: HOUR_MS } as const;
  const record = { name: SCHEDULE_RECORD, version: 1, retiring: [], protected: false };
  const silent = {
    ...facts,
    records: new Map([...facts.records, [SCHEDULE_RECORD, { ...record, schedule: { lastCheck } }]]),
    longestSilenceMs: 25 * HOUR_MS,
  };
  const [finding, ...others] = driftOf(silent).findings;
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    class: "scheduler-silent",
    kind: "Schedule",
    message: `no check since ${at}, though the schedule (drift.schedule) leaves at most 25h between two`,
    response: "report",
    key: `scheduler-silent/${at}`,
  });
  const later = { ...silent, now: new Date(silent.now.getTime() + HOUR_MS) };
  expect(driftOf(later).findings).toEqual([finding]);
  expect(driftOf(silent, { "scheduler-silent": "ignore" }).findings[0]?.response).toBe("ignore");
  expect(driftOf(facts).findings).toEqual([]);
});
