import fc from "fast-check";
import { expect, test } from "vitest";
import { listText } from "./list-text.ts";

test("a set is written sorted and without repetitions", () => {
  expect(listText(["b", "a", "b"])).toBe("a, b");
  expect(listText([])).toBe("");
});

test("an item with a comma or a quote is quoted", () => {
  expect(listText(["View keys, audit", 'a"b', "Edit"])).toBe(String.raw`Edit, "View keys, audit", "a\"b"`);
});

test("different sets never read the same", () => {
  const items = fc.array(
    fc.string({ unit: fc.constantFrom("a", ",", " ", '"', "\\"), minLength: 1, maxLength: 5 }),
  );
  fc.assert(
    fc.property(items, items, (one, other) => {
      const isSame = one.every((item) => other.includes(item)) && other.every((item) => one.includes(item));
      expect(listText(one) === listText(other)).toBe(isSame);
    }),
  );
});
