import { type DriftReport, hasFindings } from "../drift/drift-report.ts";
import type { LastCheck } from "./check-schedule.ts";

/**
 * What to remember of a check that ended `at`. `report`: of its last look; undefined: that came to no end. `longestSilenceMs`:
 * of the schedule, if one is known.
 */
export function lastCheckOf(
  report: DriftReport | undefined,
  at: Date,
  by: string,
  longestSilenceMs = Infinity,
): LastCheck {
  const isKnown = Number.isFinite(longestSilenceMs);
  const ended = { at: at.toISOString(), by, ...(isKnown && { dueWithinMs: longestSilenceMs }) };
  if (!report) return { ...ended, result: "failed", findings: 0 };
  const { counts, unread, source } = report;
  const found = hasFindings(report) ? "drift" : "clean";
  return {
    ...ended,
    result: unread.length > 0 ? "incomplete" : found,
    findings: counts.fix + counts.report,
    ...(source.commit !== undefined && { commit: source.commit }),
  };
}
