/** What every format says of a drift report in the same words. */

import type { DriftReport } from "../core/drift/drift-report.ts";
import type { DriftClass, Finding } from "../core/drift/finding.ts";
import { plural } from "./plural.ts";

export const DRIFT_HEADINGS: Readonly<Record<DriftClass, string>> = {
  missing: "Gone from the store",
  expired: "Expired and in use",
  altered: "Altered in the store",
  "sink-stale": "Not in its sink",
  orphan: "Marked as ours, unknown to the ledger",
  foreign: "Made by others, unknown here",
  "not-compliant": "Against the policy",
  "unapplied-commit": "Not applied",
  "scheduler-silent": "Not checked in time",
};

/** What a finding is about; still to be made printable. */
export const subjectOf = ({ kind, name }: Finding): string => {
  if (kind === "Manifests") return "manifests";
  if (kind === "Schedule") return "schedule";
  if (name === undefined) return "-";
  return kind === "ApiKey" ? name : `${kind} ${name}`;
};

/** Numbers only. */
export function summarizeDrift({ counts, unread }: DriftReport): string {
  const { fix, report, ignore, due } = counts;
  const found =
    fix + report === 0 ? "No drift" : `Drift: ${plural(report, "finding")} to report, ${fix} to fix`;
  const aside = [
    ...(ignore > 0 ? [`${ignore} ignored`] : []),
    ...(due > 0 ? [`${due} due by schedule`] : []),
    ...(unread.length > 0 ? [`${unread.length} not looked at`] : []),
  ];
  return `${[found, ...aside].join("; ")}.`;
}
