/**
 * Reads YAML into syntax tokens and refuses, token by token, what strict YAML does without. It stops at the first
 * thing that makes the rest costly: `yaml` itself spends seconds, or all memory, on bombs of a few kilobytes.
 */

import { CST, Lexer, Parser } from "yaml";
import type { Issue } from "../core/issue.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import type { SourceText } from "./source-text.ts";

export const MAX_DEPTH = 64;
export const MAX_NODES = 100_000;
const MAX_LEXEMES = 500_000;
const MAX_ISSUES = 20;

const ANCHOR: IssueText = {
  code: "YAML_ANCHOR",
  message: "anchors and aliases are not allowed",
  hint: "write the value out",
};
const MERGE_KEY: IssueText = {
  code: "YAML_MERGE_KEY",
  message: "merge keys are not allowed",
  hint: "write the fields out, or use an overlay",
};
const TAG: IssueText = { code: "YAML_TAG", message: "tags are not allowed", hint: "remove it" };
const DIRECTIVE: IssueText = {
  code: "YAML_DIRECTIVE",
  message: "directives are not allowed",
  hint: "remove the line; files are read as YAML 1.2",
};
const TOO_DEEP: IssueText = {
  code: "YAML_TOO_DEEP",
  message: `more than ${MAX_DEPTH} levels of nesting`,
  hint: "no manifest needs that",
};
const TOO_LARGE: IssueText = {
  code: "YAML_TOO_LARGE",
  message: `more than ${MAX_NODES} values, or too much punctuation around them`,
  hint: "split the file",
};

export interface TokenReading {
  readonly tokens: readonly CST.Token[];
  /** When there are any, there are no tokens. */
  readonly issues: readonly Issue[];
}

/** Security checks G1 to G3 of one text that `scanText` found clean. */
export function readTokens(source: SourceText): TokenReading {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const issues: Issue[] = [];
  const watch = isHarmless(source.text) ? undefined : createWatch();
  for (const lexeme of new Lexer().lex(source.text)) {
    const at = parser.offset;
    const fault = watch?.(lexeme);
    if (fault) issues.push(issueAt(source, at, fault));
    if (fault === TOO_LARGE || issues.length === MAX_ISSUES) break;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (!isTooDeep(parser.stack)) continue;
    issues.push(issueAt(source, at, TOO_DEEP));
    break;
  }
  if (issues.length > 0) return { tokens: [], issues };
  for (const token of parser.end()) tokens.push(token);
  return { tokens, issues };
}

/** The stack holds the document, the open collections, and perhaps a scalar at its top. */
const isTooDeep = (stack: readonly CST.Token[]): boolean =>
  stack.length > MAX_DEPTH + 1 && (stack.length > MAX_DEPTH + 2 || CST.isCollection(stack.at(-1)));

/** Without these characters nothing can be refused, and a text this short holds few values. Most files are so. */
const isHarmless = (text: string): boolean => text.length < MAX_NODES && !/[&*!]|<<|^%/m.test(text);

/** Looks at each lexeme once, in order. */
function createWatch(): (lexeme: string) => IssueText | undefined {
  let lexemes = 0;
  let nodes = 0;
  let isText = false;
  let wasMerge = false;
  return (lexeme) => {
    lexemes += 1;
    if (lexemes > MAX_LEXEMES || nodes > MAX_NODES) return TOO_LARGE;
    if (isText) {
      // After the lexer's mark comes the text of a scalar, whatever it looks like.
      isText = false;
      wasMerge = lexeme === "<<";
      return undefined;
    }
    const first = lexeme[0];
    if (first === " " || first === "\n") return undefined;
    const isMerge = wasMerge && lexeme === ":";
    wasMerge = false;
    isText = lexeme === SCALAR_MARK;
    if (first !== undefined && NODE_STARTS.has(first)) nodes += 1;
    return isMerge ? MERGE_KEY : REFUSED.get(first);
  };
}

/** The lexer's sign that the text of a plain or block scalar follows. */
const SCALAR_MARK = "\u001f";

/** What lexemes that are, or may hold, a value begin with. */
const NODE_STARTS: ReadonlySet<string> = new Set([SCALAR_MARK, "'", '"', "{", "[", "-", "?", ","]);

const REFUSED: ReadonlyMap<string | undefined, IssueText> = new Map([
  ["&", ANCHOR],
  ["*", ANCHOR],
  ["!", TAG],
  ["%", DIRECTIVE],
]);
