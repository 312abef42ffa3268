import { expect, test } from "vitest";
import { plainLine } from "./plain-line.ts";

test.each([
  ["a\r\nb", "a b"],
  ["a\u2028b\u2029c\u0085d", "a b c d"],
  ["\u001b[31mred\u0007", "[31mred"],
  ["pay\u202egnp.exe", "pay gnp.exe"],
  ["a\u200b\ufeffb", "a b"],
  ["Schlüssel 鍵 🔑", "Schlüssel 鍵 🔑"],
])("A13: %j becomes one visible line", (text, expected) => {
  expect(plainLine(text)).toBe(expected);
});
