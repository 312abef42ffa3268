/** What each change of a plan does, in Markdown, folded. */

import type { Change, FieldChange } from "../core/change.ts";
import { expiresAt } from "../core/expiry.ts";
import { rotationDueAt } from "../core/rotation.ts";
import { clip } from "./clip.ts";
import { codeOf, htmlCodeOf, proseOf } from "./clipped-markdown.ts";
import type { ChangeDescription, Detail } from "./describe-change.ts";
import type { Section } from "./fit-sections.ts";
import { markdownFence } from "./markdown-code.ts";
import type { PlanRow } from "./plan-row.ts";
import { printable } from "./printable.ts";
import { renderEntry, renderField, valueText } from "./render-field.ts";
import { renderInstant } from "./render-instant.ts";
import { riskText } from "./summarize-risks.ts";

const VALUE_LENGTH = 1_000;

/** Rotation dates count from `now`, when the changes would be carried out. */
export const detailSection = (rows: readonly PlanRow[], now: Date): Section => ({
  what: "details",
  before: "",
  items: rows.map((row) => renderDetail(row, now)),
  after: "",
});

function renderDetail({ change, description, risks }: PlanRow, now: Date): string {
  const { action, kind, name, renamedFrom, reasons, details, at } = description;
  const lines = [
    ...(renamedFrom === undefined ? [] : [`was: ${codeOf(renamedFrom)}`]),
    ...risks.map((risk) => `risk: **${riskText(risk.class)}**: ${proseOf(risk.message)}`),
    ...reasons.map((reason) => `why: ${proseOf(reason)}`),
    ...[...details, ...nextRotation(change, now)].map(({ label, text }) => `${label}: ${proseOf(text)}`),
    ...(at ? [`declared at ${codeOf(`${at.file}:${at.line}`)}`] : []),
  ];
  const list = lines.map((line) => `- ${line}\n`).join("");
  const summary = `<summary>${action} ${kind} ${htmlCodeOf(name)}</summary>`;
  return `\n<details>${summary}\n\n${list}${fieldBlock(description)}\n</details>\n`;
}

/** Of a key that is minted. */
function nextRotation(change: Change, now: Date): readonly Detail[] {
  if (change.kind !== "ApiKey" || (change.action !== "create" && change.action !== "rotate")) return [];
  const end = expiresAt(change.desired.expires, now);
  const minted = { createdAt: now.toISOString(), ...(end !== undefined && { expiresAt: end }) };
  const due = rotationDueAt(change.desired, minted);
  const text = due ? `about ${renderInstant(due.at)}, ${due.rule}` : "none by schedule";
  return [{ label: "next rotation", text }];
}

function fieldBlock({ kind, fields }: ChangeDescription): string {
  if (fields.length === 0) return "";
  const lines = fields.flatMap((change) => (kind === "IpAllowlist" ? entryLine(change) : fieldLines(change)));
  return `\n${markdownFence("diff", lines)}`;
}

const fieldLines = ({ field, from, to }: FieldChange): readonly string[] => [
  ...(from === undefined ? [] : [valueLine("-", field, from)]),
  ...(to === undefined ? [] : [valueLine("+", field, to)]),
];

const entryLine = (change: FieldChange): string =>
  clip(printable(renderEntry(change) ?? `! ${renderField(change)}`), VALUE_LENGTH);

const valueLine = (sign: string, field: string, value: string): string =>
  `${sign} ${clip(printable(`${field}: ${valueText(value)}`), VALUE_LENGTH)}`;
