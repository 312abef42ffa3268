import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonFormat } from "./json-format.ts";

const get = (text: string, field = "TOKEN") => jsonFormat.get(text, field, "app.json");
const set = (text: string, value = "new", field = "TOKEN") => jsonFormat.set(text, field, value, "app.json");
const unset = (text: string, field = "TOKEN") => jsonFormat.unset(text, field, "app.json");

const WRITTEN: readonly (readonly [string, string, string])[] = [
  ["a new file", "", '{\n  "TOKEN": "new"\n}\n'],
  ["an empty object", " {} \n", '{\n  "TOKEN": "new"\n}\n'],
  ["the last member", '{\n  "a": 1,\n  "TOKEN": "old"\n}', '{\n  "a": 1,\n  "TOKEN": "new"\n}'],
  ["the first member", '{"TOKEN" :null , "b":{"TOKEN":"x"}}', '{"TOKEN" :"new" , "b":{"TOKEN":"x"}}'],
  [
    "other indentation",
    '{\r\n\t"a": [1, {"b": "}"}]\r\n}\r\n',
    '{\r\n\t"a": [1, {"b": "}"}],\r\n\t"TOKEN": "new"\r\n}\r\n',
  ],
  ["a file on one line", '{"a":1}', '{"a":1,"TOKEN": "new"}'],
  [
    "numbers beyond JavaScript's",
    '{\n  "n": 12345678901234567890.10\n}',
    '{\n  "n": 12345678901234567890.10,\n  "TOKEN": "new"\n}',
  ],
  ["an escaped name", '{ "TO\\u004bEN": "old" }', '{ "TO\\u004bEN": "new" }'],
];

for (const [what, before, after] of WRITTEN) {
  test(`writing to ${what} changes the value and nothing else`, () => {
    expect(set(before)).toBe(after);
    expect(get(after)).toBe("new");
  });
}

test("a missing, empty or null member is an empty slot", () => {
  for (const text of ["", "{}", '{"a":"b"}', '{"TOKEN":""}', '{"TOKEN":null}', '{"a":{"TOKEN":"x"}}']) {
    expect(get(text)).toBeUndefined();
  }
});

test("removing takes the member with its comma", () => {
  expect(unset('{"TOKEN": "x"}')).toBe("");
  expect(unset('{\n  "TOKEN": "x",\n  "b": 1\n}')).toBe('{\n  "b": 1\n}');
  expect(unset('{\n  "a": 1,\n  "TOKEN": "x",\n  "b": 1\n}')).toBe('{\n  "a": 1,\n  "b": 1\n}');
  expect(unset('{\n  "a": 1,\n  "TOKEN": "x"\n}')).toBe('{\n  "a": 1\n}');
  expect(unset('{"a":1}')).toBe('{"a":1}');
});

test("what is written is read back, and all other members keep value and order, whatever the object", () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(
    fc.property(object, fc.constantFrom(0, 2, 4), fc.string({ minLength: 1 }), (members, indent, secret) => {
      const { TOKEN: _, ...others } = members;
      const before = JSON.stringify(others, null, indent);
      const after = set(before, secret);
      expect(get(after)).toBe(secret);
      expect(JSON.stringify({ ...(JSON.parse(after) as object), TOKEN: undefined })).toBe(
        JSON.stringify(others),
      );
      const removed = unset(after);
      expect(JSON.parse(removed || "{}")).toEqual(JSON.parse(before));
    }),
  );
});
