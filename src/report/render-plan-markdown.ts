/** A plan as Markdown for a pull request's comment. Security check G10: nothing in a manifest can shape it. */

import type { Change, FieldChange } from "../core/change.ts";
import type { Plan } from "../core/plan.ts";
import { clip } from "./clip.ts";
import { type ChangeDescription, describeChange } from "./describe-change.ts";
import { describeRequest } from "./describe-request.ts";
import { fitSections, type Section } from "./fit-sections.ts";
import { htmlCode, markdownCode, markdownFence } from "./markdown-code.ts";
import { markdownText } from "./markdown-text.ts";
import { printable } from "./printable.ts";
import { renderBudget } from "./render-budget.ts";
import { renderEntry, renderField, valueText } from "./render-field.ts";
import { MARKS } from "./style.ts";
import { summarizePlan } from "./summarize-plan.ts";

/** GitHub's limit for a comment. */
const MAX_LENGTH = 65_536;
/** Below this not even the header is sure to fit. */
const MIN_LENGTH = 8_000;
const NAME_LENGTH = 200;
const PROSE_LENGTH = 400;
const VALUE_LENGTH = 1_000;

interface MarkdownOptions {
  /** UTF-16 code units: 65,536 unless said otherwise, never less than 8,000. The cut falls between rows. */
  readonly maxLength?: number;
  readonly now: Date;
}

export function renderPlanMarkdown(plan: Plan, { maxLength = MAX_LENGTH, now }: MarkdownOptions): string {
  const changes = plan.changes.map((change: Change) => describeChange(change, now));
  const sections = [
    violationSection(plan),
    changeSection(changes),
    blockedSection(plan),
    noticeSection(plan),
    detailSection(changes),
  ];
  return fitSections(
    head(plan),
    sections,
    Math.max(maxLength, MIN_LENGTH),
    (missing) => `\nCut to fit. Not shown: ${missing}. \`keywright plan\` shows all.\n`,
  );
}

function head(plan: Plan): string {
  const { location, ref, commit } = plan.source;
  const facts = [
    `Instance ${name(plan.instance)}`,
    `store ${name(plan.store)}`,
    `source ${name(location)}${ref === undefined ? "" : ` at ${name(ref)}`}`,
    ...(commit === undefined ? [] : [`commit ${name(commit.slice(0, 12))}`]),
  ];
  const asked = plan.requests.map((request) => `- asked: ${prose(describeRequest(request))}\n`);
  const budget = plan.budget ? ` It takes ${renderBudget(plan.budget)}.` : "";
  return `**${summarizePlan(plan)}**${budget}\n\n${facts.join(", ")}\n${asked.length > 0 ? `\n${asked.join("")}` : ""}`;
}

const violationSection = ({ violations }: Plan): Section => ({
  what: "refusals",
  before: "\n> [!CAUTION]\n> **Refused by a guard: this plan cannot be applied as it is.**\n>\n",
  items: violations.map(
    ({ guard, message, hint }) => `> - **${name(guard)}** ${prose(message)} (hint: ${prose(hint)})\n`,
  ),
  after: "",
});

const changeSection = (changes: readonly ChangeDescription[]): Section => ({
  what: "changes",
  before: "\n| | Change | Kind | Name | Why |\n| --- | --- | --- | --- | --- |\n",
  items: changes.map(
    (change) =>
      `| ${MARKS[change.action]} | ${change.action} | ${change.kind} | ${name(change.name)} | ${prose(gist(change))} |\n`,
  ),
  after: "",
});

/** With the dates of an overlap: nobody has to unfold the details for them. */
const gist = ({ reasons, fields, details }: ChangeDescription): string =>
  reasons.length > 0
    ? [...reasons, ...details.filter(({ label }) => label === "overlap").map(({ text }) => text)].join("; ")
    : [...new Set(fields.map(({ field }) => field))].join(", ") || "declared and not in the store";

const blockedSection = ({ blocked }: Plan): Section => ({
  what: "left alone",
  before: "\n**Left alone**\n\n",
  items: blocked.map(({ kind, name: blockedName, code, message, hint, at }) => {
    const where = at ? ` at ${name(`${at.file}:${at.line}`)}` : "";
    return `- ${kind} ${name(blockedName)}${where}: ${name(code)} ${prose(message)} (hint: ${prose(hint)})\n`;
  }),
  after: "",
});

const noticeSection = ({ notices }: Plan): Section => ({
  what: "notices",
  before: "\n**Notices**\n\n",
  items: notices.map(({ code, message }) => `- ${name(code)} ${prose(message)}\n`),
  after: "",
});

const detailSection = (changes: readonly ChangeDescription[]): Section => ({
  what: "details",
  before: "",
  items: changes.map(detail),
  after: "",
});

function detail(change: ChangeDescription): string {
  const { action, kind, name: changed, renamedFrom, reasons, details, at } = change;
  const lines = [
    ...(renamedFrom === undefined ? [] : [`was: ${name(renamedFrom)}`]),
    ...reasons.map((reason) => `why: ${prose(reason)}`),
    ...details.map(({ label, text }) => `${label}: ${prose(text)}`),
    ...(at ? [`declared at ${name(`${at.file}:${at.line}`)}`] : []),
  ];
  const list = lines.map((line) => `- ${line}\n`).join("");
  const summary = `<summary>${action} ${kind} ${htmlCode(clip(printable(changed), NAME_LENGTH))}</summary>`;
  return `\n<details>${summary}\n\n${list}${fieldBlock(change)}\n</details>\n`;
}

function fieldBlock({ kind, fields }: ChangeDescription): string {
  if (fields.length === 0) return "";
  const lines = fields.flatMap((change) => (kind === "IpAllowlist" ? entryLine(change) : fieldLines(change)));
  return `\n${markdownFence("diff", lines)}`;
}

const fieldLines = ({ field, from, to }: FieldChange): readonly string[] => [
  ...(from === undefined ? [] : [line("-", field, from)]),
  ...(to === undefined ? [] : [line("+", field, to)]),
];

const entryLine = (change: FieldChange): string =>
  clip(printable(renderEntry(change) ?? `! ${renderField(change)}`), VALUE_LENGTH);

const line = (sign: string, field: string, value: string): string =>
  `${sign} ${clip(printable(`${field}: ${valueText(value)}`), VALUE_LENGTH)}`;

// Printable first: half a key would not be recognised as one.
const name = (text: string): string => markdownCode(clip(printable(text), NAME_LENGTH));
const prose = (text: string): string => markdownText(clip(printable(text), PROSE_LENGTH));
