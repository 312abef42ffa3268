import type { DriftReport } from "../core/drift/drift-report.ts";
import { DRIFT_HEADINGS, subjectOf } from "../report/summarize-drift.ts";
import type { Runner } from "./runner.ts";

/** GitHub shows ten of a kind and step. */
const MOST = 50;

/** They are about the store, so they have no line. */
export function annotateFindings({ annotate }: Pick<Runner, "annotate">, { findings }: DriftReport): void {
  const told = findings.filter(({ response }) => response !== "ignore");
  for (const finding of told.slice(0, MOST)) {
    const { class: name, message, hint } = finding;
    const title = `${DRIFT_HEADINGS[name]}: ${subjectOf(finding)}`;
    annotate("warning", { title }, message, ...(hint === undefined ? [] : [`hint: ${hint}`]));
  }
}
