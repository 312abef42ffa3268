import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createKey } from "../core/key-format.ts";
import { hostileText } from "./plan.fixture.ts";
import { printable, printableLines } from "./printable.ts";

test.each([
  ["a terminal title", "\u001b]0;pwned\u0007", "\\u{1b}]0;pwned\\u{7}"],
  ["a hyperlink (OSC 8)", "\u001b]8;;x\u001b\\y", "\\u{1b}]8;;x\\u{1b}\\y"],
  ["the clipboard (OSC 52) by an 8-bit control", "\u009d52;c;x\u009c", "\\u{9d}52;c;x\\u{9c}"],
  ["text turned round", "a\u202eb\u2066c", "a\\u{202e}b\\u{2066}c"],
  [
    "zero-width and other hidden letters",
    "a\u200bb\ufeffc\u00add\u3164",
    "a\\u{200b}b\\u{feff}c\\u{ad}d\\u{3164}",
  ],
  ["tags beyond the basic plane", "\u{e0041}", "\\u{e0041}"],
  ["half a surrogate pair", "\ud800x", "\\u{d800}x"],
  ["line ends of every sort", "a\r\nb\u0085c\u2028d", "a\\u{d}\\u{a}b\\u{85}c\\u{2028}d"],
  ["a tab", "a\tb", "a\\u{9}b"],
  ["what is visible", 'Größe 鍵 🔑 → "x" \\', 'Größe 鍵 🔑 → "x" \\'],
])("G9: %s is shown, not obeyed", (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("G9: printable text is stable and holds nothing that acts", () => {
  fc.assert(
    fc.property(hostileText(), (text) => {
      const shown = printable(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(printable(shown)).toBe(shown);
    }),
  );
});

test("G9: lines stay lines, and each is printable", () => {
  expect(printableLines("a\u001b\n  b\r\nc")).toEqual(["a\\u{1b}", "  b", "c"]);
});

test("G14: a key that got into a text is not shown", () => {
  const key = createKey({ prefix: "kw", environment: "test" }, { bytes: (n) => new Uint8Array(n).fill(7) });
  expect(printable(`before ${key.reveal()} after`)).toBe("before [redacted] after");
});
