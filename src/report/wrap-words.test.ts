import { expect, test } from "vitest";
import { wrapWords } from "./wrap-words.ts";

test("words stay whole, and lines within the width where they can", () => {
  expect(wrapWords("a bb ccc dddddd e", 5)).toEqual(["a bb", "ccc", "dddddd", "e"]);
  expect(wrapWords("one two", Infinity)).toEqual(["one two"]);
  expect(wrapWords("", 3)).toEqual([""]);
});
