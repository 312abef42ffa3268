import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hostileText } from "./plan.fixture.ts";
import { renderJson } from "./render-json.ts";

test("G9: JSON shows nothing hidden and still parses to the same value", () => {
  fc.assert(
    fc.property(fc.dictionary(hostileText(), fc.array(hostileText())), (value) => {
      const json = renderJson(value);
      expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(Object.entries(JSON.parse(json) as object)).toEqual(Object.entries(value));
    }),
  );
});

test("JSON is indented by two and ends in a line end", () => {
  expect(renderJson({ a: ["\u202e\u{e0041}"] })).toBe('{\n  "a": [\n    "\\u202e\\udb40\\udc41"\n  ]\n}\n');
});
