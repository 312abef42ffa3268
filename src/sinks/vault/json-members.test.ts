import fc from "fast-check";
import { expect, test } from "vitest";
import { membersOf, objectOf } from "./json-members.ts";

test("values come out as the text that they went in as", () => {
  const text =
    ' { "n": 12345678901234567890 ,"f":1.50, "o" : {"a":[1,{"b":"}"}],"c":","} , "s":"q\\"\\\\" , "e":"" } ';
  expect([...membersOf(text)]).toEqual([
    ["n", "12345678901234567890"],
    ["f", "1.50"],
    ["o", '{"a":[1,{"b":"}"}],"c":","}'],
    ["s", '"q\\"\\\\"'],
    ["e", '""'],
  ]);
});

test("an empty object has no members, and of a name that stands twice the last one counts", () => {
  expect([...membersOf("{ }")]).toEqual([]);
  expect([...membersOf('{"a":1,"a":2}')]).toEqual([["a", "2"]]);
  expect([...membersOf('{"__proto__":{"x":1}}')]).toEqual([["__proto__", '{"x":1}']]);
});

test("whatever JSON it is, taking it apart and putting it together gives the same", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, "\t"), (value, space) => {
      const members = membersOf(JSON.stringify(value, undefined, space));
      expect([...members.keys()].toSorted()).toEqual(Object.keys(value).toSorted());
      expect(JSON.parse(objectOf(members))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 300, seed: 7 },
  );
});
