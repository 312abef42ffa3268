import { expect, test } from "vitest";
import { KeywrightError } from "../core/error.ts";
import { renderError } from "./render-error.ts";

const quiet = { colors: false, verbose: false } as const;

test("an error tells its code, what happened and what to do", () => {
  const error = new KeywrightError("CONFIG_MISSING", "there is no keywright.yaml here", { hint: "run init" });
  expect(renderError(error, quiet)).toBe(
    "error CONFIG_MISSING  there is no keywright.yaml here\n  hint: run init\n",
  );
});

test("an error about input tells every issue first", () => {
  const issue = {
    code: "X",
    severity: "error",
    message: "m",
    at: { file: "a.yaml", line: 1, column: 2 },
  } as const;
  const error = new KeywrightError("INPUT_INVALID", "1 fault", { issues: [issue] });
  expect(renderError(error, quiet)).toBe(
    "a.yaml:1:2  error X  m\n\n1 error\n\nerror INPUT_INVALID  1 fault\n",
  );
});

test("any other error is told to be a bug, without its stack", () => {
  expect(renderError(new TypeError("x is not a function"), quiet)).toBe(
    "error BUG  TypeError: x is not a function\n  hint: this is a bug in Keywright, not a fault of your input; please report it, with the output of --verbose\n",
  );
  expect(renderError("oops", quiet)).toContain("error BUG  oops\n");
  expect(renderError(Object.create(null), quiet)).toContain(
    "error BUG  something that is no error was thrown\n",
  );
});

test("the stack and the causes come only when asked for", () => {
  const cause = new Error("disk full");
  const error = new KeywrightError("SINK_WRITE_FAILED", "not written", { cause });
  expect(renderError(error, quiet)).not.toMatch(/at |disk full/);
  const shown = renderError(error, { ...quiet, verbose: true });
  expect(shown).toMatch(
    /\n {2}KeywrightError: not written\n {6}at .*\n(.*\n)* {2}caused by Error: disk full\n {6}at /,
  );
});

test("a chain of causes that bites its tail ends", () => {
  const error = new Error("a");
  error.cause = error;
  expect(renderError(error, { ...quiet, verbose: true }).match(/caused by/g)).toHaveLength(7);
});

test("G9: an error's text cannot act on the terminal", () => {
  const error = new Error("\u001b]0;x\u0007\nerror OK");
  for (const verbose of [false, true]) {
    expect(renderError(error, { colors: false, verbose })).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  }
  expect(renderError(error, quiet).split("\n")).toHaveLength(3);
});
