import fc from "fast-check";
import { expect, test } from "vitest";
import { compareIssues, compareText, hasErrors, type Issue } from "./issue.ts";

const anIssue = (over: Partial<Issue> = {}): Issue => ({
  code: "SCHEMA_TYPE",
  severity: "error",
  message: "is not a number",
  ...over,
});

const at = (file: string, line: number, column: number): Partial<Issue> => ({ at: { file, line, column } });

test("warnings alone are no errors", () => {
  expect(hasErrors([])).toBe(false);
  expect(hasErrors([anIssue({ severity: "warning" })])).toBe(false);
  expect(hasErrors([anIssue({ severity: "warning" }), anIssue()])).toBe(true);
});

test("issues are ordered by file, line, column, code and message; those without a place come first", () => {
  const ordered = [
    anIssue(),
    anIssue({ code: "SLOT_TAKEN" }),
    anIssue(at("a.yaml", 1, 1)),
    anIssue({ ...at("a.yaml", 1, 1), message: "is too long" }),
    anIssue({ ...at("a.yaml", 1, 1), code: "SLOT_TAKEN" }),
    anIssue(at("a.yaml", 1, 2)),
    anIssue(at("a.yaml", 2, 1)),
    anIssue(at("a.yaml", 10, 1)),
    anIssue(at("b.yaml", 1, 1)),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (shuffled) => {
      expect(shuffled.toSorted(compareIssues)).toEqual(ordered);
    }),
  );
});

test("text is ordered by code unit, whatever the locale", () => {
  expect(["b", "a", "B", "ä", "a"].sort(compareText)).toEqual(["B", "a", "a", "b", "ä"]);
});
