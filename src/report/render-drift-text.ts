/** A drift report as text for a terminal or a log. */

import type { DriftReport } from "../core/drift/drift-report.ts";
import { DRIFT_CLASSES, type DriftClass, type DriftResponse, type Finding } from "../core/drift/finding.ts";
import { printable } from "./printable.ts";
import { renderFieldOf } from "./render-field.ts";
import { renderInstant } from "./render-instant.ts";
import { type Cell, renderTable } from "./render-table.ts";
import { createStyle, type Paint, type Style } from "./style.ts";
import { DRIFT_HEADINGS, summarizeDrift, subjectOf } from "./summarize-drift.ts";

export function renderDriftText(report: DriftReport, colors: boolean): string {
  const style = createStyle(colors);
  const blocks = [
    header(report, style),
    ...DRIFT_CLASSES.map((name) => classBlock(name, report, style)),
    dueBlock(report, style),
    unreadBlock(report, style),
    [style.strong(summarizeDrift(report))],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function header(report: DriftReport, { strong, faint }: Style): readonly string[] {
  const { instance, store, source, appliedAt, appliedCommit } = report;
  const commit =
    appliedCommit === undefined ? "" : `, the last in full: commit ${printable(appliedCommit.slice(0, 12))}`;
  const facts = [
    ["store", printable(store)],
    [
      "source",
      `${printable(source.location)}${source.commit ? ` at ${printable(source.commit.slice(0, 12))}` : ""}`,
    ],
    [
      "manifests",
      appliedAt === undefined
        ? "no run has said yet what it applied"
        : `new ones last applied ${renderInstant(appliedAt)}${commit}`,
    ],
  ] as const;
  return [
    `Drift of ${strong(printable(instance))}`,
    ...facts.map(([label, text]) => `  ${faint(label.padEnd(9))}  ${text}`),
  ];
}

/** Enough for a person; machines read JSON. */
const MOST_ROWS = 50;

function classBlock(name: DriftClass, { findings }: DriftReport, style: Style): readonly string[] {
  const own = findings.filter((finding) => finding.class === name && finding.response !== "ignore");
  if (own.length === 0) return [];
  const shown = own.slice(0, MOST_ROWS);
  const table = renderTable(
    ["", "", "", ""],
    shown.map((finding) => rowOf(finding, style)),
    style,
  ).slice(1);
  return [
    `${style.strong(DRIFT_HEADINGS[name])} ${style.faint(`(${name}: ${own.length})`)}`,
    ...shown.flatMap((finding, index) => [`  ${table[index] ?? ""}`, ...noteLines(finding, style)]),
    ...hintLines(shown, style),
    ...(own.length > MOST_ROWS ? [`  … and ${own.length - MOST_ROWS} more; -f json has all`] : []),
  ];
}

function rowOf(finding: Finding, style: Style): readonly Cell[] {
  const { id, response, message } = finding;
  return [
    { text: response, paint: paintOf(response, style) },
    { text: printable(subjectOf(finding)), paint: style.strong },
    { text: id === undefined ? "-" : printable(id) },
    { text: printable(message) },
  ];
}

const noteLines = ({ kind, fields = [], details = [] }: Finding, { faint }: Style): readonly string[] => [
  ...fields.map((field) => `          ${printable(renderFieldOf(kind, field))}`),
  ...details.slice(0, MOST_ROWS).map((detail) => `          ${faint("·")} ${printable(detail)}`),
  ...(details.length > MOST_ROWS ? [`          … and ${details.length - MOST_ROWS} more`] : []),
];

/** Once, where all of a class have the same. */
function hintLines(findings: readonly Finding[], { faint }: Style): readonly string[] {
  const hints = new Set(findings.flatMap(({ hint }) => hint ?? []));
  return [...hints].map((hint) => `  ${faint("hint:")} ${printable(hint)}`);
}

const paintOf = (response: DriftResponse, { good, bad, faint }: Style): Paint =>
  ({ fix: good, report: bad, ignore: faint })[response];

function dueBlock({ due }: DriftReport, style: Style): readonly string[] {
  if (due.length === 0) return [];
  return [
    style.strong("Due by schedule, no drift"),
    ...due.map(
      ({ action, kind, name, message }) =>
        `  ${style.mark(action)} ${action} ${kind === "ApiKey" ? "" : `${kind} `}${printable(name)}: ${printable(message)}`,
    ),
  ];
}

function unreadBlock({ unread }: DriftReport, style: Style): readonly string[] {
  if (unread.length === 0) return [];
  return [
    style.strong("Could not be looked at"),
    ...unread.map((text) => `  ${style.warn("!")} ${printable(text)}`),
  ];
}
