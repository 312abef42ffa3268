import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Issue } from "../core/issue.ts";
import { hostileText } from "./plan.fixture.ts";
import { renderIssues } from "./render-issues.ts";

const unknownField: Issue = {
  code: "SCHEMA_UNKNOWN_FIELD",
  severity: "error",
  message: "unknown field rolez",
  hint: "did you mean roles?",
  at: { file: "keys/b.yaml", line: 7, column: 3 },
  frame: "  6 | spec:\n> 7 |   rolez: []\n    |   ^",
};
const unused: Issue = {
  code: "ROLE_UNUSED",
  severity: "warning",
  message: "no key has role editor",
  at: { file: "keys/a.yaml", line: 1, column: 1 },
};
const nowhere: Issue = { code: "NO_MANIFESTS", severity: "error", message: "no file matches" };

const text = { format: "text", colors: false } as const;

test("issues come by file and line, each with its frame and its hint, and are counted", () => {
  expect(renderIssues([unknownField, unused, nowhere], text)).toBe(`error NO_MANIFESTS  no file matches

keys/a.yaml:1:1  warning ROLE_UNUSED  no key has role editor

keys/b.yaml:7:3  error SCHEMA_UNKNOWN_FIELD  unknown field rolez
      6 | spec:
    > 7 |   rolez: []
        |   ^
    hint: did you mean roles?

2 errors, 1 warning
`);
});

test("no issues are told in words", () => {
  expect(renderIssues([], text)).toBe("No issues\n");
});

test("colours change no letter of an issue", () => {
  const coloured = renderIssues([unknownField, unused], { ...text, colors: true });
  expect(coloured).toContain("\u001b[31merror SCHEMA_UNKNOWN_FIELD\u001b[39m");
  expect(stripVTControlCharacters(coloured)).toBe(renderIssues([unknownField, unused], text));
});

test("issues as JSON are the issues and their counts", () => {
  const json = renderIssues([unknownField, unused], { format: "json", colors: false });
  expect(JSON.parse(json)).toEqual({ errors: 1, warnings: 1, issues: [unused, unknownField] });
});

test("G11: an annotation names its line, and its text cannot begin another command", () => {
  const issue: Issue = {
    ...unknownField,
    at: { file: "keys/a,b:c%.yaml", line: 7, column: 3 },
    message: "100%\n::add-mask::x",
  };
  expect(renderIssues([issue, nowhere], { format: "github", colors: false })).toBe(
    [
      "::error title=NO_MANIFESTS::no file matches",
      "::error file=keys/a%2Cb%3Ac%25.yaml,line=7,col=3,title=SCHEMA_UNKNOWN_FIELD::100%25\\u{a}::add-mask::x%0Ahint: did you mean roles?",
      "2 errors",
      "",
    ].join("\n"),
  );
});

test("G9, G11: hostile issues take the lines they should and hold nothing that acts", () => {
  fc.assert(
    fc.property(hostileText(), (hostile) => {
      const issue: Issue = {
        code: hostile,
        severity: "warning",
        message: hostile,
        hint: hostile,
        at: { file: hostile, line: 1, column: 1 },
      };
      const annotated = renderIssues([issue, issue], { format: "github", colors: false });
      const shown = renderIssues([issue, issue], text);
      for (const output of [annotated, shown]) {
        expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      }
      expect(annotated.split("\n").map((line) => line.slice(0, 15))).toEqual([
        "::warning file=",
        "::warning file=",
        "2 warnings",
        "",
      ]);
      expect(shown.split("\n")).toHaveLength(8);
    }),
  );
});
