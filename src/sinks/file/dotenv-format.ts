/** `FIELD=value` lines. Only the value of one field changes: order, comments and line ends stay as they are. */

import type { KeywrightError } from "../../core/error.ts";
import { unusable } from "./sink-fault.ts";
import type { TextFormat } from "./text-format.ts";

interface Assignment {
  readonly name: string;
  /** 1-based. */
  readonly line: number;
  /** Offsets in the text: where it begins, behind the `=`, around the value, behind its line end. */
  readonly start: number;
  readonly equals: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
}

export const dotenvFormat: TextFormat = {
  get(text, field, path) {
    const found = findField(text, field, path);
    return (found && parseValue(text.slice(found.valueStart, found.valueEnd))) || undefined;
  },
  set(text, field, value, path) {
    const rendered = renderValue(field, value, path);
    const found = findField(text, field, path);
    if (found) {
      const rest = text.slice(found.valueEnd);
      const gap = rest.startsWith("#") ? " " : "";
      return `${text.slice(0, found.equals)}${rendered}${gap}${rest}`;
    }
    const lineEnd = /\r?\n/.exec(text)?.[0] ?? "\n";
    const gap = text === "" || text.endsWith("\n") ? "" : lineEnd;
    return `${text}${gap}${field}=${rendered}${lineEnd}`;
  },
  unset(text, field, path) {
    const found = findField(text, field, path);
    return found ? text.slice(0, found.start) + text.slice(found.end) : text;
  },
};

function findField(text: string, field: string, path: string): Assignment | undefined {
  const found = scanDotenv(text, path).filter((each) => each.name === field);
  if (found.length < 2) return found[0];
  const lines = found.map((each) => each.line).join(" and ");
  throw unusable(
    `${path} sets ${field} on lines ${lines}`,
    "leave one of them: programs differ in which one they take",
  );
}

const NAME = /(?:[ \t]*export[ \t]+|[ \t]*)([A-Za-z_][\w.-]*)[ \t]*=/y;
const QUOTED = /(?:'[^']*'|"(?:[^"\\]|\\[^])*"|`[^`]*`)(?=[ \t]*(?:#.*)?(?:\r?\n|$))/y;

/** All assignments, in order. A quoted value may go over several lines; SINK_UNUSABLE when one never ends. */
function scanDotenv(text: string, path: string): Assignment[] {
  const found: Assignment[] = [];
  let line = 1;
  let start = text.startsWith("\uFEFF") ? 1 : 0;
  while (start < text.length) {
    NAME.lastIndex = start;
    const name = NAME.exec(text)?.[1];
    const equals = name === undefined ? start : NAME.lastIndex;
    const value = name === undefined ? { start, end: start } : valueAt(text, equals);
    if (!value) throw unclosed(path, line);
    const newline = text.indexOf("\n", value.end);
    const end = newline === -1 ? text.length : newline + 1;
    if (name !== undefined) {
      found.push({ name, line, start, equals, valueStart: value.start, valueEnd: value.end, end });
    }
    line += text.slice(start, end).split("\n").length - 1;
    start = end;
  }
  return found;
}

/** What follows such a value may be part of it or not: a line added below could close it. */
const unclosed = (path: string, line: number): KeywrightError =>
  unusable(`${path}:${line}: this value opens a quote that no line closes properly`, "mend that line");

/** Where the value behind `=` lies, quotes included, without blanks and comment around it. */
function valueAt(text: string, equals: number): { readonly start: number; readonly end: number } | undefined {
  let start = equals;
  while (text[start] === " " || text[start] === "\t") start += 1;
  QUOTED.lastIndex = start;
  if (QUOTED.test(text)) return { start, end: QUOTED.lastIndex };
  if (/['"`]/.test(text[start] ?? "")) return undefined;
  const newline = text.indexOf("\n", start);
  const line = text.slice(start, newline === -1 ? text.length : newline);
  const comment = line.startsWith("#") ? 0 : line.search(/[ \t]#/);
  return { start, end: start + line.slice(0, comment === -1 ? line.length : comment).trimEnd().length };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function parseValue(written: string): string {
  const quote = written[0];
  const isQuoted =
    written.length > 1 && (quote === "'" || quote === '"' || quote === "`") && written.endsWith(quote);
  if (!isQuoted) return written;
  const inner = written.slice(1, -1);
  return quote === '"'
    ? inner.replace(/\\([^])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped)
    : inner;
}

/**
 * Bare where every reader agrees, else in single quotes. Shells, Docker and the dotenv libraries disagree about
 * quotes, backslashes and line ends inside a value, so such a value is refused rather than misread somewhere.
 */
function renderValue(field: string, value: string, path: string): string {
  if (/^[A-Za-z0-9_./:@%+,=^-]+$/.test(value)) return value;
  if (!/['\\\p{Cc}]/u.test(value)) return `'${value}'`;
  const what = `the value for ${field} in ${path} has quotes, backslashes or line ends, which readers of dotenv files take differently`;
  throw unusable(what, "deliver this one to a sink of format raw or json");
}
