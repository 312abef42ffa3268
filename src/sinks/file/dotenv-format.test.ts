import * as fc from "fast-check";
import { expect, test } from "vitest";
import { KeywrightError } from "../../core/error.ts";
import { dotenvFormat } from "./dotenv-format.ts";

const get = (text: string, field = "TOKEN") => dotenvFormat.get(text, field, "app.env");
const set = (text: string, value = "new", field = "TOKEN") => dotenvFormat.set(text, field, value, "app.env");
const unset = (text: string, field = "TOKEN") => dotenvFormat.unset(text, field, "app.env");

const READ: readonly (readonly [string, string, string | undefined])[] = [
  ["bare", "TOKEN=abc\n", "abc"],
  ["without newline at the end", "TOKEN=abc", "abc"],
  ["with CRLF", "A=1\r\nTOKEN=abc\r\n", "abc"],
  ["exported", "export TOKEN=abc", "abc"],
  ["indented, with blanks around", "  TOKEN = abc  \n", "abc"],
  ["with a comment behind", "TOKEN=abc # why", "abc"],
  ["with a hash inside", "TOKEN=a#b", "a#b"],
  ["in single quotes", "TOKEN='a # \"b\" $c'", 'a # "b" $c'],
  ["in double quotes with escapes", 'TOKEN="a\\n\\"b\\" \\$c"', 'a\n"b" $c'],
  ["in backticks", "TOKEN=`a 'b'`", "a 'b'"],
  ["over several lines", "TOKEN='a\nb'\nC=1", "a\nb"],
  ["with a stray quote", "TOKEN=it's", "it's"],
  ["behind a byte order mark", "\uFEFFTOKEN=abc", "abc"],
  ["empty", "TOKEN=\nB=1", undefined],
  ["empty with a comment", "TOKEN= # later", undefined],
  ["empty in quotes", "TOKEN=''", undefined],
  ["commented out", "# TOKEN=abc", undefined],
  ["in the name of another", "MY_TOKEN=abc\nTOKEN_2=abc", undefined],
  ["inside the quoted value of another", "NOTE='\nTOKEN=abc\n'\n", undefined],
];

for (const [how, text, value] of READ) {
  test(`a value ${how} is read as programs read it`, () => expect(get(text)).toBe(value));
}

const WRITTEN: readonly (readonly [string, string, string])[] = [
  ["a new file", "", "TOKEN=new\n"],
  ["a file without newline at the end", "A=1", "A=1\nTOKEN=new\n"],
  ["a file with CRLF", "A=1\r\n", "A=1\r\nTOKEN=new\r\n"],
  ["an exported value", "export TOKEN='old'\nB=2\n", "export TOKEN=new\nB=2\n"],
  ["a value with comment", "# a\n\nTOKEN=old  # why\n", "# a\n\nTOKEN=new  # why\n"],
  ["a value over several lines", 'TOKEN="a\nb"\r\nB=2', "TOKEN=new\r\nB=2"],
  ["an empty value", "TOKEN=\nB=2\n", "TOKEN=new\nB=2\n"],
  ["an empty value with comment", "TOKEN= # later\n", "TOKEN=new # later\n"],
  ["a lookalike inside another value", "NOTE='\nTOKEN=x\n'\n", "NOTE='\nTOKEN=x\n'\nTOKEN=new\n"],
];

for (const [what, before, after] of WRITTEN) {
  test(`writing to ${what} changes the value and nothing else`, () => {
    expect(set(before)).toBe(after);
    expect(get(after)).toBe("new");
  });
}

test("a file with a quote that never ends is refused, naming the line", () => {
  for (const text of ["A=1\nB='open\nTOKEN=abc\n", 'A=1\nB="open\\"\nTOKEN=abc', "A=1\nTOKEN='a'b"]) {
    expect(() => get(text)).toThrow("app.env:2: ");
    expect(() => set(text)).toThrow("app.env:2: ");
  }
});

test("removing takes the whole line and leaves the others", () => {
  expect(unset("A=1\r\nexport TOKEN='a\nb' # x\r\nB=2")).toBe("A=1\r\nB=2");
  expect(unset("A=1\n")).toBe("A=1\n");
  expect(unset("TOKEN=1")).toBe("");
});

test("a value that readers would take differently is refused without quoting it", () => {
  for (const value of ["it's s3cr3t", "s3cr3t\\n", "s3cr3t\nTOKEN=x", "s3cr3t\r", "s3cr3t\0"]) {
    expect(() => set("", value)).toThrow(KeywrightError);
    expect(() => set("", value)).not.toThrow(/s3cr3t/);
  }
});

const anyLine = fc.oneof(
  fc.constantFrom(
    "# comment",
    "",
    "A=1",
    "export B='x y'",
    'C="q # r"',
    "D=`z`",
    "E='two\nlines'",
    "TOKEN=old",
    "junk",
    "F=it's",
  ),
);

test("what is written is read back, and every other line stays, whatever stands in the file", () => {
  const value = fc.string({ minLength: 1 }).filter((text) => !/['\\\p{Cc}]/u.test(text));
  fc.assert(
    fc.property(fc.uniqueArray(anyLine), fc.constantFrom("\n", "\r\n"), value, (lines, lineEnd, secret) => {
      const before = lines.join(lineEnd);
      const after = set(before, secret);
      expect(get(after)).toBe(secret);
      for (const field of ["A", "B", "C", "D"]) expect(get(after, field)).toBe(get(before, field));
      expect(set(after, secret)).toBe(after);
      expect(get(unset(after))).toBeUndefined();
    }),
  );
});
