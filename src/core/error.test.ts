import { expect, test } from "vitest";
import { ERROR_CODES, EXIT, isKeywrightError, KeywrightError } from "./error.ts";

test("an error says what, where and what to do", () => {
  const cause = new Error("ECONNREFUSED");
  const issues = [{ code: "X", severity: "error", message: "m" }] as const;
  const error = new KeywrightError("STORE_UNREACHABLE", "no answer", { hint: "start it", cause, issues });
  expect(error).toMatchObject({ name: "KeywrightError", code: "STORE_UNREACHABLE", message: "no answer" });
  expect(error).toMatchObject({ hint: "start it", cause, issues });
});

test("without details an error has no hint, no issues and no cause", () => {
  const error = new KeywrightError("USAGE", "bad flag");
  expect(error.hint).toBeUndefined();
  expect(error.issues).toEqual([]);
  expect("cause" in error).toBe(false);
});

test("only errors of the catalogue are Keywright's, and a code tells them apart", () => {
  const error = new KeywrightError("PLAN_STALE", "moved");
  expect(isKeywrightError(error)).toBe(true);
  expect(isKeywrightError(error, "PLAN_STALE")).toBe(true);
  expect(isKeywrightError(error, "PLAN_INVALID")).toBe(false);
  expect(isKeywrightError(Object.assign(new Error("moved"), { code: "PLAN_STALE" }))).toBe(false);
  expect(isKeywrightError(undefined)).toBe(false);
});

test("no error ends with the exit code of success", () => {
  expect(Object.values(ERROR_CODES)).not.toContain(EXIT.done);
  expect(ERROR_CODES.GUARD_REFUSED).toBe(3);
});
