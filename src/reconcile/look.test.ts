import { expect, test } from "vitest";
import { KeywrightError } from "../core/error.ts";
import { startLook } from "./look.ts";

const aLook = (limitMs = 60_000, signal = new AbortController().signal) => {
  let lates = 0;
  const clock = { now: () => new Date() };
  const look = startLook(
    { clock, limitMs, signal, onLate: () => void (lates += 1) },
    { code: "STORE_UNREACHABLE", hint: "look there" },
  );
  return { look, lates: () => lates };
};

test("what comes in time is told, and so is what went wrong", async () => {
  const { look, lates } = aLook();
  expect(await look.at(async () => 7)).toMatchObject({ found: 7 });
  const error = new KeywrightError("SINK_UNUSABLE", "no room", { hint: "make some" });
  expect(await look.at(() => Promise.reject(error))).toMatchObject({
    fault: { code: "SINK_UNUSABLE", message: "no room", hint: "make some" },
  });
  look.end();
  expect(lates()).toBe(0);
});

test("faults of input are told by the command that shows them all", async () => {
  const { look } = aLook();
  const issues = [{ code: "A", severity: "error", message: "m" }] as const;
  const error = new KeywrightError("INPUT_INVALID", "it is not valid", { issues });
  expect(await look.at(() => Promise.reject(error))).toMatchObject({
    fault: { hint: "`keywright validate` shows each fault at its line" },
  });
  look.end();
});

test.each([
  [new TypeError("x is undefined"), "x is undefined"],
  ["thrown", "something was thrown that is no error"],
])("what is not of the catalogue is a bug and says so: %s", async (thrown, message) => {
  const { look } = aLook();
  expect(await look.at(() => Promise.reject(thrown as Error))).toMatchObject({
    fault: { code: "BUG", message },
  });
  look.end();
});

test("what does not come in time is given up, and what follows it is not begun with more time", async () => {
  const { look, lates } = aLook(5);
  let given: AbortSignal | undefined;
  const late = await look.at((signal) => {
    given = signal;
    return new Promise(() => undefined);
  });
  expect(late).toMatchObject({
    fault: { code: "STORE_UNREACHABLE", message: "no answer within 0.005 s", hint: "look there" },
  });
  expect(given?.aborted).toBe(true);
  expect(lates()).toBe(1);
  expect(await look.at(() => new Promise(() => undefined))).toMatchObject({
    fault: { code: "STORE_UNREACHABLE" },
  });
  look.end();
});

test("who asks it to stop is told that it was stopped", async () => {
  const asked = new AbortController();
  const { look } = aLook(60_000, asked.signal);
  const looking = look.at(() => new Promise(() => undefined));
  asked.abort();
  expect(await looking).toMatchObject({ fault: { code: "INTERRUPTED" } });
  look.end();
});
