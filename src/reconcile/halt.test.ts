import { expect, test } from "vitest";
import { KeywrightError } from "../core/error.ts";
import { createHalt, type Halt } from "./halt.ts";

const hear = (halt: Halt, count: number, error?: Error): void => {
  for (let i = 0; i < count; i += 1) halt.hear(error);
};

test("a refused credential ends the run at once", () => {
  const halt = createHalt();
  halt.hear(new KeywrightError("STORE_UNAUTHORIZED", "no"));
  expect([halt.signal.aborted, halt.why]).toEqual([true, "the store does not accept the credential"]);
});

test("a store that asks for a longer wait than a run may have ends the run at once", () => {
  const halt = createHalt();
  halt.hear(new KeywrightError("STORE_BUSY", "an hour"));
  expect([halt.signal.aborted, halt.why]).toEqual([true, "the store asks to wait longer than a run may"]);
});

test.each(["STORE_UNAUTHORIZED", "STORE_BUSY"] as const)(
  "%s ends the run also where it is the cause of what is told",
  (code) => {
    const halt = createHalt();
    const cause = new KeywrightError("STORE_CONTRACT", "why", { cause: new KeywrightError(code, "no") });
    halt.hear(new KeywrightError("STORE_OUTCOME_UNKNOWN", "a key was made", { cause }));
    expect(halt.signal.aborted).toBe(true);
  },
);

test("a sink that does not accept its own credential says nothing of the store's", () => {
  const halt = createHalt();
  const cause = new KeywrightError("STORE_UNAUTHORIZED", "no");
  hear(halt, 3, new KeywrightError("SINK_WRITE_FAILED", "no", { cause }));
  expect(halt.signal.aborted).toBe(false);
});

test("a store that is silent ten times in a row ends the run", () => {
  const halt = createHalt();
  hear(halt, 5, new KeywrightError("STORE_UNREACHABLE", "no"));
  hear(halt, 2, new KeywrightError("STORE_OUTCOME_UNKNOWN", "no"));
  hear(halt, 2, new KeywrightError("STORE_CONTRACT", "no"));
  expect([halt.signal.aborted, halt.why]).toEqual([false, undefined]);
  halt.hear(new KeywrightError("STORE_UNREACHABLE", "no"));
  expect([halt.signal.aborted, halt.why]).toEqual([
    true,
    "the store gave no usable answer 10 times in a row",
  ]);
});

test("an answer, of whatever kind, ends the silence", () => {
  const halt = createHalt();
  hear(halt, 9, new KeywrightError("STORE_UNREACHABLE", "no"));
  halt.hear();
  hear(halt, 9, new KeywrightError("STORE_UNREACHABLE", "no"));
  halt.hear(new KeywrightError("STORE_REJECTED", "no"));
  hear(halt, 9, new KeywrightError("STORE_UNREACHABLE", "no"));
  expect(halt.signal.aborted).toBe(false);
});
