/** What a status says below its keys: what was applied, and whether somebody checks for drift. */

import type { StatusReport } from "../core/status-report.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renderRelative } from "./relative-time.ts";
import { renderInstant } from "./render-instant.ts";
import type { Style } from "./style.ts";

/** Nothing where nothing is known. */
export function renderStatusNotes(report: StatusReport, { bad }: Style, now: Date): readonly string[] {
  const { silence, late } = report;
  return [
    ...appliedLine(report),
    ...checkedLine(report, now),
    ...[silence, late].flatMap((text) => (text === undefined ? [] : [bad(printable(text))])),
  ];
}

function appliedLine({ applied }: StatusReport): readonly string[] {
  if (!applied) return [];
  const { at, commit } = applied;
  const last = commit === undefined ? "" : `, the last in full: commit ${printable(commit.slice(0, 12))}`;
  return [`manifests: new ones last applied ${renderInstant(at)}${last}`];
}

function checkedLine({ lastCheck, lastGoodCheckAt }: StatusReport, now: Date): readonly string[] {
  if (!lastCheck) return [];
  const { at, by, result, findings } = lastCheck;
  const found = findings === 0 ? "" : `, ${plural(findings, "finding")}`;
  const good =
    lastGoodCheckAt === at
      ? ""
      : `; the last that saw everything: ${lastGoodCheckAt === undefined ? "none" : renderRelative(lastGoodCheckAt, now)}`;
  return [`drift: last check ${renderRelative(at, now)}, ${result}${found}, by ${printable(by)}${good}`];
}
