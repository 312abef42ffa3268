import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, at, NOW } from "./a-key.fixture.ts";
import { refOf, type RotateKey } from "./change.ts";
import { HOUR_MS } from "./duration.ts";
import { oldValidUntil } from "./overlap.ts";

const until = (expiresAt: string | undefined, code: "age" | "leaked" = "age"): string | undefined => {
  const { expiresAt: _, ...forever } = aLiveKey();
  const reasons: RotateKey["reasons"] = [{ code, message: "m" }];
  const current = refOf({ ...forever, ...(expiresAt !== undefined && { expiresAt }) });
  return oldValidUntil({ desired: aDesiredKey(), current, reasons }, NOW);
};

test("a replaced key stays valid for its overlap", () => {
  expect(until(undefined)).toBe(at(24 * HOUR_MS));
  expect(until(at(48 * HOUR_MS))).toBe(at(24 * HOUR_MS));
});

test("a replaced key stays valid no longer than to its own end", () => {
  expect(until(at(HOUR_MS))).toBe(at(HOUR_MS));
  expect(until(at(0))).toBeUndefined();
});

test("a leaked key has no overlap", () => {
  expect(until(undefined, "leaked")).toBe(at(0));
});
