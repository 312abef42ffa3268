/**
 * Strict YAML 1.2: the core schema, without anchors, tags, directives, merge keys, duplicate keys, numbers that
 * lose digits, and characters that do not show. Takes linear time, and refuses before it reads what it cannot bear.
 */

import { Composer, type Document, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml";
import type { Issue } from "../core/issue.ts";
import { findKey } from "./find-key.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import { quote } from "./quote.ts";
import { readTokens } from "./read-tokens.ts";
import { HIDDEN_CHARACTERS } from "./hidden-characters.ts";
import { hiddenCharacter, keyIssue, scanText } from "./scan-text.ts";
import { mappingNode, type SourceMember, type SourceNode } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";

const MAX_ISSUES = 50;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

export interface YamlReading {
  /** The documents that are not empty. None when there are issues. */
  readonly documents: readonly SourceNode[];
  readonly issues: readonly Issue[];
}

/** Never throws. A file with a real key in it has this one issue and no other (security check G14). */
export function parseYaml(source: SourceText): YamlReading {
  const faults = scanText(source);
  if (faults.length > 0) return { documents: [], issues: faults };
  const { tokens, issues } = readTokens(source);
  if (issues.length > 0) return { documents: [], issues };
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    stringKeys: true,
    prettyErrors: false,
    // Its own check compares each key with each other one; ours is a look-up.
    uniqueKeys: false,
    logLevel: "silent",
  });
  return buildDocuments(source, composer.compose(tokens, false, source.text.length));
}

function buildDocuments(source: SourceText, composed: Iterable<Document.Parsed>): YamlReading {
  const walk: Walk = { source, issues: [], keyAt: undefined };
  const documents: SourceNode[] = [];
  for (const document of composed) {
    for (const { pos, message } of document.errors.slice(0, MAX_ISSUES)) {
      report(walk, pos[0], { code: "YAML_SYNTAX", message: syntaxMessage(message) });
    }
    const node = document.contents && buildNode(walk, document.contents);
    if (node && node.value !== null) documents.push(node);
  }
  if (walk.keyAt !== undefined) return { documents: [], issues: [keyIssue(source, walk.keyAt)] };
  return walk.issues.length > 0 ? { documents: [], issues: walk.issues } : { documents, issues: [] };
}

/** `yaml`'s own words, unless they repeat the text. */
const syntaxMessage = (message: string): string =>
  message.startsWith("Not a YAML token") ? "this is not YAML" : `not YAML: ${message.split("\n")[0] ?? ""}`;

interface Walk {
  readonly source: SourceText;
  readonly issues: Issue[];
  /** Where a real key was found that only shows when escapes and line folds are resolved. */
  keyAt: number | undefined;
}

function report({ source, issues }: Walk, offset: number, text: IssueText): void {
  if (issues.length < MAX_ISSUES) issues.push(issueAt(source, offset, text));
}

function buildNode(walk: Walk, node: unknown, fallbackOffset = 0): SourceNode {
  const { source } = walk;
  if (isMap(node)) return buildMapping(walk, node);
  if (isSeq(node)) {
    const offset = node.range?.[0] ?? fallbackOffset;
    const items = node.items.map((item) => buildNode(walk, item, offset));
    return { source, offset, items, value: items.map((item) => item.value) };
  }
  if (!isScalar(node)) return { source, offset: fallbackOffset, value: null };
  const offset = node.range?.[0] ?? fallbackOffset;
  checkScalar(walk, offset, node);
  return { source, offset, value: node.value };
}

function buildMapping(walk: Walk, map: YAMLMap): SourceNode {
  const place = { source: walk.source, offset: map.range?.[0] ?? 0 };
  const members = new Map<string, SourceMember>();
  for (const pair of map.items) {
    const key = readKey(walk, pair, place.offset);
    if (!key) continue;
    const node = buildNode(walk, pair.value, key.offset);
    if (members.has(key.text)) {
      const hint = "keep one of the two";
      report(walk, key.offset, {
        code: "YAML_DUPLICATE_KEY",
        message: `${quote(key.text)} stands here twice`,
        hint,
      });
    } else members.set(key.text, { keySource: walk.source, keyOffset: key.offset, node });
  }
  return mappingNode(place, members);
}

function readKey(
  walk: Walk,
  { key }: Pair,
  fallbackOffset: number,
): { readonly text: string; readonly offset: number } | undefined {
  const offset = (isScalar(key) && key.range?.[0]) || fallbackOffset;
  if (!isScalar(key) || typeof key.value !== "string") {
    report(walk, offset, { code: "YAML_KEY_TYPE", message: "a field's name must be text" });
    return undefined;
  }
  checkScalar(walk, offset, key);
  if (!FORBIDDEN_KEYS.has(key.value)) return { text: key.value, offset };
  report(walk, offset, {
    code: "YAML_FORBIDDEN_KEY",
    message: `${quote(key.value)} is not allowed as a name`,
  });
  return undefined;
}

function checkScalar(walk: Walk, offset: number, scalar: Scalar): void {
  const { value, type } = scalar;
  if (typeof value === "string") {
    if (findKey(value) !== undefined) walk.keyAt ??= offset;
    // All other text stands in the file as it is, and was scanned there.
    const hidden = type === "QUOTE_DOUBLE" ? value.match(HIDDEN_CHARACTERS)?.[0] : undefined;
    if (hidden !== undefined) report(walk, offset, hiddenCharacter(hidden));
  }
  if (typeof value === "number" && !isExact(value, scalar.source)) {
    const hint = "put quotes around it, if it is a name";
    report(walk, offset, { code: "YAML_NUMBER", message: "a number beyond what can be held exactly", hint });
  }
}

/** Whole numbers beyond 2^53 would change silently; `.nan` and `.inf` are no values of ours. */
const isExact = (value: number, text = ""): boolean =>
  Number.isFinite(value) && (Number.isSafeInteger(value) || /[.eE]/.test(text));
