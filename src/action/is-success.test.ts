import { expect, test } from "vitest";
import { EXIT } from "../core/error.ts";
import { MODES } from "./inputs.ts";
import { isSuccess } from "./is-success.ts";

test.each(MODES)(
  "mode %s succeeds when it is done, and fails when it failed, was refused or did a part",
  (mode) => {
    for (const failsOnDrift of [true, false]) {
      expect(isSuccess(EXIT.done, mode, failsOnDrift)).toBe(true);
      for (const code of [EXIT.failure, EXIT.refused, EXIT.partial])
        expect(isSuccess(code, mode, failsOnDrift)).toBe(false);
    }
  },
);

test("changes that are pending are no failure, and drift is one where people say so", () => {
  expect(isSuccess(EXIT.pending, "plan", true)).toBe(true);
  expect(isSuccess(EXIT.pending, "drift", false)).toBe(true);
  expect(isSuccess(EXIT.pending, "drift", true)).toBe(false);
});
