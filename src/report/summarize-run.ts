import type { RunRecord } from "../core/run.ts";

const RESULTS: Readonly<Record<RunRecord["result"], string>> = {
  applied: "Applied",
  "partly-applied": "Partly applied",
  failed: "Failed",
  interrupted: "Interrupted",
  "no-change": "No changes",
};

/** The run in one line: its result and how many changes came to which outcome. Holds no foreign text. */
export function summarizeRun({ result, counts }: RunRecord): string {
  const { applied, failed, unknown, "not-run": notRun } = counts;
  const all = [
    [applied, "applied"],
    [failed, "failed"],
    [notRun, "not run"],
    [unknown, "unknown"],
  ] as const;
  const parts = all.filter(([count]) => count > 0).map(([count, outcome]) => `${count} ${outcome}`);
  return parts.length > 0 ? `${RESULTS[result]}: ${parts.join(", ")}.` : `${RESULTS[result]}.`;
}
