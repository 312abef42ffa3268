/** The table of a plan's changes in Markdown. Many changes are told in groups of like ones. */

import type { Change } from "../core/change.ts";
import { riskLevelOf } from "../core/risk/risk.ts";
import { codeOf, proseOf } from "./clipped-markdown.ts";
import { type ChangeDescription, overlapGist } from "./describe-change.ts";
import type { Section } from "./fit-sections.ts";
import type { PlanRow } from "./plan-row.ts";
import { renderFieldOf } from "./render-field.ts";
import { MARKS } from "./style.ts";
import { riskText } from "./summarize-risks.ts";

/** With more changes than this nobody reads each row. */
const MOST_ROWS = 40;
const NAMES_IN_ROW = 20;

/** Of one plan's rows, as if carried out at `now`. */
export function changeSection(rows: readonly PlanRow[], now: Date): Section {
  const isRisky = rows.some(({ risks }) => risks.length > 0);
  const columns = ["", "Change", "Kind", "Name", ...(isRisky ? ["Risk"] : []), "Why"];
  const groups =
    rows.length > MOST_ROWS ? groupRows(rows) : rows.map((row) => ({ ...groupOf(row), why: gist(row, now) }));
  return {
    what: rows.length > MOST_ROWS ? "rows of changes" : "changes",
    before: `\n${line(columns)}${line(columns.map(() => "---"))}`,
    items: groups.map((group) => renderGroup(group, isRisky)),
    after: "",
  };
}

/** Changes of one action and kind, for the same reason, with the same risks. */
interface RowGroup {
  readonly change: Change;
  readonly risks: string;
  readonly why: string;
  readonly names: readonly string[];
}

const groupOf = ({ change, risks }: PlanRow): RowGroup => ({
  change,
  risks: [...new Set(risks.map(({ class: name }) => name))]
    .map((name) => (riskLevelOf(name) === "high" ? `**${riskText(name)}**` : riskText(name)))
    .join(", "),
  why: sort(change),
  names: [change.name],
});

function groupRows(rows: readonly PlanRow[]): readonly RowGroup[] {
  const groups = new Map<string, RowGroup>();
  for (const group of rows.map(groupOf)) {
    const { change, risks, why, names } = group;
    const id = JSON.stringify([change.action, change.kind, risks, why]);
    const present = groups.get(id);
    groups.set(id, present ? { ...present, names: [...present.names, ...names] } : group);
  }
  return [...groups.values()].flatMap(chunks);
}

const chunks = (group: RowGroup): readonly RowGroup[] =>
  Array.from({ length: Math.ceil(group.names.length / NAMES_IN_ROW) }, (_, index) => ({
    ...group,
    names: group.names.slice(index * NAMES_IN_ROW, (index + 1) * NAMES_IN_ROW),
  }));

function renderGroup({ change: { action, kind }, risks, why, names }: RowGroup, isRisky: boolean): string {
  const times = names.length > 1 ? ` ×${names.length}` : "";
  const cells = [MARKS[action], `${action}${times}`, kind, names.map(codeOf).join(", ")];
  return line([...cells, ...(isRisky ? [risks] : []), proseOf(why)]);
}

const line = (cells: readonly string[]): string =>
  `|${cells.map((cell) => ` ${cell}${cell && " "}`).join("|")}|\n`;

/** With the end of an overlap: nobody has to unfold the details for it. */
function gist({ change, description: { reasons, fields } }: PlanRow, now: Date): string {
  if (change.kind === "IpAllowlist")
    return fields.map((field) => renderFieldOf(change.kind, field)).join(", ");
  if (reasons.length === 0) return fieldNames(fields) || "declared and not in the store";
  return [...reasons, ...(change.action === "rotate" ? [overlapGist(change, now)] : [])].join("; ");
}

/** Why in a word or two, without what only one change has. */
function sort(change: Change): string {
  if ("reasons" in change) return change.reasons.map(({ code }) => code.replaceAll("-", " ")).join(", ");
  if ("reason" in change) return change.reason;
  return "fields" in change ? fieldNames(change.fields) : change.action === "create" ? "new" : "removed";
}

const fieldNames = (fields: ChangeDescription["fields"]): string =>
  [...new Set(fields.map(({ field }) => field))].join(", ");
