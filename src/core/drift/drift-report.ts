/** What a drift check tells: versioned JSON without secrets (`schemas/drift.schema.json`). */

import type { Baseline } from "../baseline.ts";
import type { Plan } from "../plan.ts";
import type { ManifestOrigin } from "../ports.ts";
import type { RunRecord } from "../run.ts";
import type { Drift } from "./find-drift.ts";
import type { DriftResponse, DueChange, Finding } from "./finding.ts";

export interface DriftReport {
  readonly apiVersion: "keywright/v1";
  readonly kind: "Drift";
  readonly instance: string;
  /** `KeyStore.identity`. */
  readonly store: string;
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly source: ManifestOrigin;
  readonly manifestDigest: string;
  /** Since when the manifests are what was applied last; absent: no run has said. */
  readonly appliedAt?: string;
  /** The last commit all of which was applied. */
  readonly appliedCommit?: string;
  /** Since when foreign keys are known; absent: nobody has said yet which were there before. */
  readonly foreignKnownAt?: string;
  readonly findings: readonly Finding[];
  readonly due: readonly DueChange[];
  /** What could not be looked at. */
  readonly unread: readonly string[];
  readonly counts: Readonly<Record<DriftResponse | "due", number>>;
  /** What a fix did before this look; absent: none was asked for, or there was nothing to fix. */
  readonly run?: RunRecord;
}

/** `plan`: the one that the drift was found with. */
export function buildReport(drift: Drift, plan: Plan, { applied, foreign }: Baseline): DriftReport {
  const { findings, due } = drift;
  const of = (response: DriftResponse): number =>
    findings.filter((finding) => finding.response === response).length;
  return {
    apiVersion: "keywright/v1",
    kind: "Drift",
    instance: plan.instance,
    store: plan.store,
    checkedAt: plan.createdAt,
    source: plan.source,
    manifestDigest: plan.manifestDigest,
    ...(applied && { appliedAt: applied.at }),
    ...(applied?.commit !== undefined && { appliedCommit: applied.commit }),
    ...(foreign && { foreignKnownAt: foreign.at }),
    findings,
    due,
    unread: unreadOf(plan),
    counts: { fix: of("fix"), report: of("report"), ignore: of("ignore"), due: due.length },
  };
}

const unreadOf = ({ notices, blocked }: Plan): readonly string[] => [
  ...notices.filter(({ code }) => code === "SINK_UNREADABLE").map(({ message }) => message),
  ...blocked
    .filter(({ code }) => code === "SECRET_SOURCE_UNREADABLE")
    .map(({ name, message }) => `the value of ${name}: ${message}`),
];

/** Whether somebody has to do something, or a fix. */
export const hasFindings = ({ counts }: DriftReport): boolean => counts.fix + counts.report > 0;
