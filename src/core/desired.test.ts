import fc from "fast-check";
import { expect, test } from "vitest";
import { type Slot, slotId } from "./desired.ts";
import { canonicalJson } from "./digest.ts";

test("a slot is one line: its sink, then its fields by name", () => {
  expect(slotId({ sink: "local", path: "ci/scanner", field: "TOKEN" })).toBe(
    "local: field=TOKEN path=ci/scanner",
  );
  expect(slotId({ path: "a", sink: "vault" })).toBe("vault: path=a");
});

test("a value that could be taken for two fields is quoted", () => {
  expect(slotId({ sink: "local", field: "A path=x", path: "y" })).not.toBe(
    slotId({ sink: "local", field: "A", path: "x path=y" }),
  );
});

test("two slots have one id only when they are the same slot", () => {
  const value = fc.string({ unit: fc.constantFrom("a", "b", " ", "=", '"', "\\", ":"), maxLength: 6 });
  const slot: fc.Arbitrary<Slot> = fc
    .record({ sink: fc.constantFrom("s", "t"), a: value, b: value }, { requiredKeys: ["sink"] })
    .map((fields) => ({ ...fields }));
  fc.assert(
    fc.property(slot, slot, (one, other) => {
      expect(slotId(one) === slotId(other)).toBe(canonicalJson(one) === canonicalJson(other));
    }),
    { numRuns: 2_000 },
  );
});
