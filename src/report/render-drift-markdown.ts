/** A drift report as Markdown for an issue or a comment. Security check G10: nothing in a store or a manifest can shape it. */

import type { DriftReport } from "../core/drift/drift-report.ts";
import { DRIFT_CLASSES, type DriftClass, type Finding } from "../core/drift/finding.ts";
import { codeOf, commitOf, proseOf } from "./clipped-markdown.ts";
import { fitSections, type Section } from "./fit-sections.ts";
import { MAX_COMMENT_LENGTH } from "./max-comment-length.ts";
import { renderFieldOf } from "./render-field.ts";
import { renderInstant } from "./render-instant.ts";
import { DRIFT_HEADINGS, subjectOf, summarizeDrift } from "./summarize-drift.ts";

const MIN_LENGTH = 8_000;
const MOST_PARTS = 20;

/** `maxLength` in UTF-16 code units: 65,536 unless said otherwise, never less than 8,000. */
export const renderDriftMarkdown = (
  report: DriftReport,
  { maxLength = MAX_COMMENT_LENGTH }: { readonly maxLength?: number },
): string =>
  fitSections(
    head(report),
    [...DRIFT_CLASSES.map((name) => classSection(name, report)), dueSection(report), unreadSection(report)],
    Math.max(maxLength, MIN_LENGTH),
    (missing) => `\nCut to fit. Not shown: ${missing}. \`keywright drift\` shows all.\n`,
  );

function head(report: DriftReport): string {
  const { instance, store, source, checkedAt, appliedCommit } = report;
  const facts = [
    `Instance ${codeOf(instance)}`,
    `store ${codeOf(store)}`,
    `source ${codeOf(source.location)}`,
    ...(source.commit === undefined ? [] : [`commit ${commitOf(source.commit)}`]),
    ...(appliedCommit === undefined ? [] : [`last applied ${commitOf(appliedCommit)}`]),
    `checked ${proseOf(renderInstant(checkedAt))}`,
  ];
  return `**${summarizeDrift(report)}**\n\n${facts.join(", ")}\n`;
}

function classSection(name: DriftClass, { findings }: DriftReport): Section {
  const own = findings.filter((finding) => finding.class === name && finding.response !== "ignore");
  return {
    what: `of ${name}`,
    before: `\n**${DRIFT_HEADINGS[name]}** (\`${name}\`)\n\n| | What | Id | Finding |\n| --- | --- | --- | --- |\n`,
    items: own.map(row),
    after: "",
  };
}

function row(finding: Finding): string {
  const { kind, id, response, message, fields = [], details = [], hint } = finding;
  const parts = [
    ...fields.slice(0, MOST_PARTS).map((field) => codeOf(renderFieldOf(kind, field))),
    ...details.slice(0, MOST_PARTS).map(proseOf),
    ...(fields.length + details.length > MOST_PARTS ? ["…"] : []),
    ...(hint === undefined ? [] : [`hint: ${proseOf(hint)}`]),
  ];
  const cells = [response, codeOf(subjectOf(finding)), id === undefined ? "" : codeOf(id)];
  return `| ${[...cells, [proseOf(message), ...parts].join("<br>")].join(" | ")} |\n`;
}

const dueSection = ({ due }: DriftReport): Section => ({
  what: "due",
  before: "\n**Due by schedule, no drift**\n\n",
  items: due.map(
    ({ action, kind, name, message }) => `- ${action} ${kind} ${codeOf(name)}: ${proseOf(message)}\n`,
  ),
  after: "",
});

const unreadSection = ({ unread }: DriftReport): Section => ({
  what: "that could not be looked at",
  before: "\n**Could not be looked at**\n\n",
  items: unread.map((text) => `- ${proseOf(text)}\n`),
  after: "",
});
