/** A plan as text for a terminal or a log. */

import type { ApprovalNeed } from "../core/approval/approval.ts";
import type { Change, FieldChange } from "../core/change.ts";
import { MINUTE_MS } from "../core/duration.ts";
import type { Plan } from "../core/plan.ts";
import { describeChange } from "./describe-change.ts";
import { describeRequest } from "./describe-request.ts";
import { displayWidth } from "./display-width.ts";
import { instantMs } from "./instant-ms.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renderRelative } from "./relative-time.ts";
import { renderBlocked } from "./render-blocked.ts";
import { renderBudget } from "./render-budget.ts";
import { renderField, renderFieldOf, valueText } from "./render-field.ts";
import { renderInstant } from "./render-instant.ts";
import { renderPlace } from "./render-place.ts";
import { renderRisks } from "./render-risks.ts";
import { createStyle, type Style } from "./style.ts";
import { summarizePlan } from "./summarize-plan.ts";

interface TextOptions {
  readonly colors: boolean;
  readonly width?: number;
  readonly needs?: readonly ApprovalNeed[];
  readonly now: Date;
}

interface View {
  readonly style: Style;
  readonly width: number;
  readonly now: Date;
}

export function renderPlanText(
  plan: Plan,
  { colors, width = Infinity, needs = [], now }: TextOptions,
): string {
  const view = { style: createStyle(colors), width, now };
  const blocks = [
    header(plan, view),
    ...changeBlocks(plan.changes, view),
    renderBlocked(plan.blocked, view.style),
    notices(plan, view),
    renderRisks(plan.risks, needs, view.style),
    violations(plan, view),
    [
      view.style.strong(summarizePlan(plan)),
      ...(plan.budget ? [`It takes ${renderBudget(plan.budget)}.`] : []),
    ],
  ];
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${shown.join("\n\n")}\n`;
}

function header(plan: Plan, { style, now }: View): readonly string[] {
  const { type, location, ref, commit } = plan.source;
  const facts = [
    ["store", printable(plan.store)],
    ["source", `${type} ${printable(location)}${ref === undefined ? "" : ` at ${printable(ref)}`}`],
    ...(commit === undefined ? [] : [["commit", printable(commit.slice(0, 12))]]),
    ...plan.requests.map((request) => ["asked", printable(describeRequest(request))]),
    ...(isFresh(plan, now)
      ? []
      : [["made", `${renderInstant(plan.createdAt)}, ${renderRelative(plan.createdAt, now)}`]]),
  ];
  return [
    `Plan for ${style.strong(printable(plan.instance))}`,
    ...facts.map(([label = "", text = ""]) => `  ${style.faint(label.padEnd(6))}  ${text}`),
  ];
}

/** Only a saved plan's age is worth a line. */
const isFresh = ({ createdAt }: Plan, now: Date): boolean =>
  Math.abs(now.getTime() - instantMs(createdAt)) < MINUTE_MS;

/** In the plan's own order, which is that of carrying out; neighbours of one sort share a heading. */
function changeBlocks(changes: readonly Change[], view: View): readonly (readonly string[])[] {
  const headings = [...new Set(changes.map(headingOf))];
  return headings.map((heading) => [
    view.style.strong(heading),
    ...changes
      .filter((change) => headingOf(change) === heading)
      .flatMap((change) => changeLines(change, view)),
  ]);
}

function headingOf({ action, kind }: Change): string {
  if (kind === "SecurityPolicy") return "Security policy";
  if (kind === "IpAllowlist") return "IP allowlist";
  const noun = { ApiKey: "Keys", Role: "Roles", Secret: "Secrets" }[kind];
  return action === "revoke" ? `${noun} to revoke` : noun;
}

function changeLines(change: Change, { style, width, now }: View): readonly string[] {
  const { action, name, renamedFrom, reasons, fields, details, at } = describeChange(change, now);
  const was = renamedFrom === undefined ? "" : ` (was ${printable(renamedFrom)})`;
  const where = at ? `  ${style.faint(renderPlace(at))}` : "";
  return [
    `  ${style.mark(action)} ${action} ${style.strong(printable(name))}${was}${where}`,
    ...reasons.map((reason) => `      why: ${printable(reason)}`),
    ...fields.flatMap((field) => fieldLines(change.kind, field, width)),
    ...details.map(({ label, text }) => `      ${style.faint(`${label}:`)} ${printable(text)}`),
  ];
}

function fieldLines(kind: Change["kind"], change: FieldChange, width: number): readonly string[] {
  const text = renderFieldOf(kind, change);
  const line = `      ${printable(text)}`;
  if (displayWidth(line) <= width || text !== renderField(change)) return [line];
  return [
    `      ${printable(change.field)}: ${printable(valueText(change.from))}`,
    `        → ${printable(valueText(change.to))}`,
  ];
}

function notices({ notices }: Plan, { style }: View): readonly string[] {
  if (notices.length === 0) return [];
  return [
    style.strong("Notices"),
    ...notices.map(({ code, message }) => `  ${style.faint(code)} ${printable(message)}`),
  ];
}

function violations({ violations }: Plan, { style }: View): readonly string[] {
  if (violations.length === 0) return [];
  const by = plural(violations.length, "guard");
  return [
    style.bad(style.strong(`Refused by ${by}: this plan cannot be applied as it is`)),
    ...violations.flatMap(({ guard, message, hint }) => [
      `  ${style.bad(`✗ ${guard}`)}: ${printable(message)}`,
      `      hint: ${printable(hint)}`,
    ]),
  ];
}
