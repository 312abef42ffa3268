/** Findings as a SARIF 2.1.0 log with one run (OASIS sarif-v2.1.0), with the members that GitHub's code scanning asks for. */

import type { Position } from "../core/issue.ts";
import { compareText } from "../core/issue.ts";
import { printable } from "./printable.ts";
import { renderJson } from "./render-json.ts";

export interface Finding {
  /** The rule that it breaks: a stable code. */
  readonly code: string;
  readonly level: "error" | "warning" | "note";
  readonly message: string;
  readonly hint?: string;
  readonly at?: Position;
}

/** GitHub refuses a result without a place: what has no line of its own is shown at the configuration. */
const NOWHERE: Position = { file: "keywright.yaml", line: 1, column: 1 };

/** `category` tells uploads of one commit apart: a later one replaces only its like. */
export function renderSarif(category: string, findings: readonly Finding[]): string {
  const codes = [...new Set(findings.map(({ code }) => code))].sort(compareText);
  return renderJson({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Keywright", rules: codes.map(rule) } },
        automationDetails: { id: `${category}/` },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => result(finding, codes.indexOf(finding.code))),
      },
    ],
  });
}

function rule(code: string): object {
  const text = printable(code).toLowerCase().replaceAll(/[_-]/g, " ");
  return {
    id: printable(code),
    shortDescription: { text },
    fullDescription: { text },
    help: { text: `Keywright's docs/errors.md describes ${printable(code)}.` },
  };
}

function result({ code, level, message, hint, at = NOWHERE }: Finding, ruleIndex: number): object {
  return {
    ruleId: printable(code),
    ruleIndex,
    level,
    message: { text: plain(hint === undefined ? message : `${message} (hint: ${hint})`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(at.file) },
          region: { startLine: Math.max(1, at.line), startColumn: Math.max(1, at.column) },
        },
      },
    ],
  };
}

/** In a SARIF message brackets make links (3.11.6), so literal ones are escaped. */
const plain = (text: string): string => printable(text).replaceAll(/[\\[\]]/g, "\\$&");

/** A relative URI reference, or a `file:` URI for an absolute path. */
function uriOf(file: string): string {
  const path = file
    .replaceAll(/\p{Cs}/gu, "\u{fffd}")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
  return path.startsWith("/") ? `file://${path}` : path;
}
