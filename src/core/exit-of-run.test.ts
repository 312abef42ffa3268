import { expect, test } from "vitest";
import { exitOfRun } from "./exit-of-run.ts";
import type { RunRecord } from "./run.ts";

const counts = (applied: number) => ({ applied, failed: 0, unknown: 0, "not-run": 0 });

test.each([
  ["applied", 1, 0],
  ["no-change", 0, 0],
  ["partly-applied", 1, 4],
  ["interrupted", 1, 4],
  ["interrupted", 0, 1],
  ["failed", 0, 1],
] as const)("a run that ends as %s with %i applied exits with %i", (result, applied, code) => {
  expect(exitOfRun({ result, counts: counts(applied) } satisfies Pick<RunRecord, "result" | "counts">)).toBe(
    code,
  );
});
