import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, digestOf, sha256Hex } from "./digest.ts";

test("the order of object keys never shows in canonical JSON", () => {
  expect(canonicalJson({ b: 1, a: { d: [1, { f: 2, e: 3 }], c: null } })).toBe(
    '{"a":{"c":null,"d":[1,{"e":3,"f":2}]},"b":1}',
  );
});

test("the order of a list shows in canonical JSON", () => {
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
});

test("a member that is undefined is as good as absent", () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe(canonicalJson({ b: 1 }));
});

test("an undefined item of a list keeps its place", () => {
  expect(canonicalJson([undefined, 1])).toBe("[null,1]");
});

test("text is quoted as JSON quotes it, keys included", () => {
  expect(canonicalJson({ 'a"\n': "\u2028\u0000" })).toBe(
    String.raw`{"a\"\n":"` + "\u2028" + String.raw`\u0000"}`,
  );
});

test("canonical JSON parses back to the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("equal digests mean equal values", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(digestOf(a) === digestOf(b)).toBe(canonicalJson(a) === canonicalJson(b));
    }),
  );
});

test("a digest is SHA-256 of the canonical JSON and says so", () => {
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(digestOf("abc")).toBe(`sha256:${sha256Hex('"abc"')}`);
});

test("a value too long for one piece has the digest of its canonical JSON as a whole", () => {
  const long = Array.from({ length: 5_000 }, (_, index) => ({ name: `key-${index}`, text: "ü😀" }));
  expect(digestOf(long)).toBe(`sha256:${sha256Hex(canonicalJson(long))}`);
});

test("a digest is the same whether a value is short or too long for one piece", () => {
  const value = Array.from({ length: 5_000 }, (_, index) => ({
    index,
    text: "zażółć 🔑 ".repeat(index % 7),
  }));
  expect(canonicalJson(value).length).toBeGreaterThan(2 ** 17);
  expect(digestOf(value)).toBe(`sha256:${sha256Hex(canonicalJson(value))}`);
});
