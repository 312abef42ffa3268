import { expect, test } from "vitest";
import { stopCommands } from "./stop-commands.ts";

const token = "7f3a9c2bq4xd7f3a9c2b";

test("G11: the runner obeys nothing inside, and listens again after it", () => {
  const wrapped = `::stop-commands::${token}\n::add-mask::x\n::${token}::\n`;
  expect(stopCommands("::add-mask::x", token)).toBe(wrapped);
  expect(stopCommands("::add-mask::x\n", token)).toBe(wrapped);
});

test.each([
  ["short", "x", "abc"],
  ["in the text", `a ${token} b`, token],
  ["no word", "x", `${token}::error::`],
])("G11: a token that is %s is refused", (_, text, bad) => {
  expect(() => stopCommands(text, bad)).toThrow("token");
});
