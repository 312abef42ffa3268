import { expect, test } from "vitest";
import { clip } from "./clip.ts";
import { displayWidth } from "./display-width.ts";
import { renderTable } from "./render-table.ts";
import { createStyle } from "./style.ts";

const rows = [
  [{ text: "a" }, { text: "long value" }, { text: "x" }],
  [{ text: "鍵鍵" }, { text: "e\u0301" }, { text: "y" }],
  [{ text: "b" }],
];

test("columns line up by what a terminal shows, and no line ends in blanks", () => {
  expect(renderTable(["N", "VALUE", "Z"], rows, createStyle(false))).toEqual([
    "N     VALUE       Z",
    "a     long value  x",
    "鍵鍵  e\u0301           y",
    "b",
  ]);
});

test("colours do not count as width", () => {
  const style = createStyle(true);
  const [, row = ""] = renderTable(["N", "V"], [[{ text: "a", paint: style.bad }, { text: "b" }]], style);
  expect(row).toBe("\u001b[31ma\u001b[39m  b");
});

test("emoji and full-width letters take two columns", () => {
  expect(["🔑", "Ａ", "é", "한"].map(displayWidth)).toEqual([2, 2, 1, 2]);
});

test("a clipped text keeps whole characters", () => {
  expect([clip("abc", 3), clip("abcd", 3), clip("a🔑bc", 3)]).toEqual(["abc", "ab…", "a…"]);
});
