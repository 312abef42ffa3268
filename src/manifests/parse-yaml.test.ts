import fc from "fast-check";
import { expect, test } from "vitest";
import { cpuMs } from "../core/cpu-time.fixture.ts";
import { createKey } from "../core/key-format.ts";
import { parseYaml } from "./parse-yaml.ts";
import { positionOf } from "./source-node.ts";
import { sourceText } from "./source-text.ts";

const read = (text: string) => parseYaml(sourceText("a.yaml", text));
const told = (text: string) => read(text).issues.map(({ code, at }) => `${code} ${at?.line}:${at?.column}`);

const realKey = createKey(
  { prefix: "kw", environment: "live" },
  { bytes: (length) => Uint8Array.from({ length }, (_, i) => i * 7) },
).reveal();

const aliasBomb = `a: &a [x,x]\n${"bcdefghi"
  .split("")
  .map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9)}]`)
  .join("\n")}\n`;
const mergeBomb = `a: &a {x: 1}\nb:\n${Array.from({ length: 3_000 }, (_, i) => `  - {<<: [*a, *a], k${i}: 1}`).join("\n")}\n`;

test("values, with the place of each", () => {
  const [document] = read("a: 1\nb:\n  - x\n  - { c: true, d: null, e: 1.5, f: no, g: 0x10 }\n").documents;
  expect(document?.value).toEqual({ a: 1, b: ["x", { c: true, d: null, e: 1.5, f: "no", g: 16 }] });
  expect(document && positionOf(document, ["b", 1, "e"])).toEqual({ file: "a.yaml", line: 4, column: 28 });
});

test("several documents, empty ones left out", () => {
  expect(read("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n").documents.map(({ value }) => value)).toEqual([
    { a: 1 },
    { b: 2 },
  ]);
});

test("dates and YAML 1.1's yes and no are plain text", () => {
  expect(read("a: 2027-03-31\nb: yes\nc: 12:30:00\n").documents[0]?.value).toEqual({
    a: "2027-03-31",
    b: "yes",
    c: "12:30:00",
  });
});

test.each([
  ["G1: an anchor", "a: &x 1\n", ["YAML_ANCHOR 1:4"]],
  ["G1: an alias", "a: *x\n", ["YAML_ANCHOR 1:4"]],
  ["G1: a merge key", "a:\n  <<: { b: 1 }\n", ["YAML_MERGE_KEY 2:5"]],
  ["G1: a merge key with an alias", "<<: *x\n", ["YAML_MERGE_KEY 1:3", "YAML_ANCHOR 1:5"]],
  ["G3: a tag", "a: !!str 1\n", ["YAML_TAG 1:4"]],
  ["G3: a local tag", "!x {a: 1}\n", ["YAML_TAG 1:1"]],
  ["G3: a directive", "%YAML 1.1\n---\na: yes\n", ["YAML_DIRECTIVE 1:1"]],
  ["G3: a duplicate key", "a: 1\nb: 2\na: 3\n", ["YAML_DUPLICATE_KEY 3:1"]],
  ["G3: a duplicate key in another spelling", 'ab: 1\n"a\\x62": 2\n', ["YAML_DUPLICATE_KEY 2:1"]],
  ["G3: an integer beyond 2^53", "a: 9007199254740993\n", ["YAML_NUMBER 1:4"]],
  [
    "G3: a number that is none",
    "a: .nan\nb: .inf\nc: 1e999\n",
    ["YAML_NUMBER 1:4", "YAML_NUMBER 2:4", "YAML_NUMBER 3:4"],
  ],
  ["G3: a right-to-left override", "a: x\u{202e}y\n", ["TEXT_HIDDEN_CHARACTER 1:5"]],
  ["G3: a zero-width space", "a\u{200b}: x\n", ["TEXT_HIDDEN_CHARACTER 1:2"]],
  ["G3: an escape character", "a: \u001b[31m\n", ["TEXT_HIDDEN_CHARACTER 1:4"]],
  ["G3: an escape written as an escape", 'a: "\\e]8;;x"\n', ["TEXT_HIDDEN_CHARACTER 1:4"]],
  ["G3: a direction mark written as an escape in a name", '"\\u202ea": 1\n', ["TEXT_HIDDEN_CHARACTER 1:1"]],
  ["G3: a lone carriage return", "a: 1\rb: 2\n", ["TEXT_HIDDEN_CHARACTER 1:5"]],
  ["G3: half of a surrogate pair", "a: \ud800\n", ["TEXT_HIDDEN_CHARACTER 1:4"]],
  ["G4: __proto__", "a: { __proto__: 1 }\n", ["YAML_FORBIDDEN_KEY 1:6"]],
  ["G4: __proto__ as an escape", '"__pr\\x6fto__": 1\n', ["YAML_FORBIDDEN_KEY 1:1"]],
  [
    "G4: constructor and prototype",
    "constructor: 1\nprototype: 2\n",
    ["YAML_FORBIDDEN_KEY 1:1", "YAML_FORBIDDEN_KEY 2:1"],
  ],
  ["a name that is a list", "? [a, b]\n: 1\n", ["YAML_SYNTAX 1:3", "YAML_KEY_TYPE 1:1"]],
  ["no YAML", "a: [1, 2\nb: 3\n", ["YAML_SYNTAX 2:1"]],
  ["text after the end of a value", 'a: "x" y\n', ["YAML_SYNTAX 1:8"]],
  ["a tab as indentation", "a:\n\tb: 1\n", ["YAML_SYNTAX 2:1"]],
])("%s is refused at its place", (_name, text, expected) => {
  expect(told(text)).toEqual(expected);
  expect(read(text).documents).toEqual([]);
});

test("what looks like a refused thing inside of text is text", () => {
  const text = 'a: "&x *y !z <<: 1"\nb: 5 % 3 & 2\nc: |\n  %YAML 1.1\n  &a *b !c\nd: x <<\ne: "<<"\n';
  expect(read(text).issues).toEqual([]);
});

test("a byte order mark and Windows line ends are fine", () => {
  expect(read("\u{feff}a: 1\r\nb: 2\r\n").documents[0]?.value).toEqual({ a: 1, b: 2 });
});

test.each([
  ["G1: an alias bomb", aliasBomb, "YAML_ANCHOR", 50],
  ["G1: 55 KB of merge keys", mergeBomb, "YAML_MERGE_KEY", 50],
  ["G2: lists in lists", "[".repeat(100_000), "YAML_TOO_DEEP", 100],
  ["G2: mappings in mappings", "{a: ".repeat(100_000), "YAML_TOO_DEEP", 100],
  ["G2: lists in lists by dashes", "- ".repeat(100_000), "YAML_TOO_DEEP", 100],
  ["G2: keys of keys", "? ".repeat(100_000), "YAML_TOO_DEEP", 100],
  [
    "G2: indented mappings",
    Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
    "YAML_TOO_DEEP",
    100,
  ],
  ["G2: more than 100,000 values", `[${"1,".repeat(60_000)}]`, "YAML_TOO_LARGE", 1_500],
  ["G2: a megabyte of line breaks", "\n".repeat(1_000_000), "YAML_TOO_LARGE", 1_500],
  ["G2: more than 1 MiB", "x".repeat(1024 * 1024 + 1), "FILE_TOO_LARGE", 100],
])("%s is refused in time", (_name, text, code, limitMs) => {
  const start = cpuMs();
  expect(read(text).issues.at(-1)?.code).toBe(code);
  expect(cpuMs() - start).toBeLessThan(limitMs * 4);
});

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

test("G2: 64 levels are read, 65 are not", () => {
  expect(read(nested(64)).issues).toEqual([]);
  expect(read(nested(65)).issues[0]?.code).toBe("YAML_TOO_DEEP");
});

test.each([
  ["100,000 keys in one mapping", Array.from({ length: 49_000 }, (_, i) => `k${i}: 1`).join("\n")],
  ["a megabyte that looks like a key all over", "a".repeat(1_000_000)],
  ["a megabyte of key ends", `${"_".repeat(20)}${"a".repeat(46)}`.repeat(14_000)],
  ["a number of a million digits", `a: ${"1".repeat(1_000_000)}`],
])("G2: %s does not block for more than a second", (_name, text) => {
  const start = cpuMs();
  read(text);
  expect(cpuMs() - start).toBeLessThan(2_000);
});

test.each([
  ["in a value", `description: the key is ${realKey}!\nb: 1\n`, 1],
  ["in a comment", `a: 1\n# ${realKey}\n`, 2],
  ["in a name", `${realKey}: 1\n`, 1],
  ["in text that is no YAML", `a: [\n${realKey}`, 2],
  ["with an escape in it", `a: 1\nb: "\\x${realKey.charCodeAt(0).toString(16)}${realKey.slice(1)}"\n`, 2],
  ["folded over two lines", `a: "${realKey.slice(0, 20)}\\\n  ${realKey.slice(20)}"\n`, 1],
  ["beside other faults", `a: &x ${realKey}\nunknown: *x\n`, 1],
])("G14: a real key %s is refused without a copy of it", (_name, text, line) => {
  const { documents, issues } = read(text);
  expect(documents).toEqual([]);
  expect(issues.map(({ code, at }) => [code, at?.line])).toEqual([["KEY_IN_TEXT", line]]);
  expect(issues[0]?.frame).toBeUndefined();
  expect(JSON.stringify(issues)).not.toContain(realKey.slice(10, 22));
});

test("G14: what has the shape of a key and another checksum is text", () => {
  expect(read(`a: ${realKey.slice(0, -1)}${realKey.endsWith("a") ? "b" : "a"}\n`).issues).toEqual([]);
});

test("a frame shows the line with a caret, its neighbours, and nothing that acts on a terminal", () => {
  const [issue] = read("one: 1\ntwo: \u001b[31mred\nthree: 3\nfour: 4\n").issues;
  expect(issue?.frame).toBe("  1 | one: 1\n> 2 | two: \u{fffd}[31mred\n    |      ^\n  3 | three: 3");
});

test("a frame of a long line shows the part with the caret", () => {
  const [issue] = read(`a: ${"x".repeat(5_000)}\u{200b}y\n`).issues;
  expect(issue?.frame?.split("\n").every((line) => line.length < 120)).toBe(true);
  expect(issue?.frame).toContain("\u{fffd}y");
});

test("any text is read or refused: nothing throws, nothing takes long", () => {
  const pieces = fc.constantFrom(
    "a",
    ": ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\n",
    "\n  ",
    "\n    ",
    "'",
    '"',
    "|",
    ">",
    "#",
    "&a",
    "*a",
    "!t",
    "%",
    "<<",
    "---\n",
    "...\n",
    "\t",
    "\\",
    "1",
    "null",
    "\u{feff}",
    "é",
    "😀",
  );
  const yamlish = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), yamlish), (text) => {
      const start = cpuMs();
      const { documents, issues } = read(text);
      expect(documents.length === 0 || issues.length === 0).toBe(true);
      expect(cpuMs() - start).toBeLessThan(1_000);
    }),
    { numRuns: 1_500 },
  );
});
