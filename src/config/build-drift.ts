import { DEFAULT_DRIFT_POLICY, type DriftPolicy } from "../core/drift/finding.ts";
import { parseDuration } from "../core/duration.ts";
import { positionOf, type SourceNode } from "../manifests/source-node.ts";
import type { DriftConfig } from "./config.ts";
import type { DriftSpec } from "./config-file.ts";

/** Nothing where nobody said when runs come. */
export function buildSchedule(
  spec: DriftSpec | undefined,
  node: SourceNode,
): { readonly drift?: DriftConfig } {
  if (spec?.schedule === undefined) return {};
  const { schedule, timezone = "UTC", jitter } = spec;
  const at = positionOf(node, ["drift", "schedule"]);
  // The schema lets no other text through.
  const jitterMs = jitter === undefined ? undefined : (parseDuration(jitter) ?? 0);
  return { drift: { schedule, timezone, ...(jitterMs !== undefined && { jitterMs }), at } };
}

/** With the default for each class that is not named. */
export function buildDriftPolicy(spec: DriftSpec = {}): DriftPolicy {
  const standard = DEFAULT_DRIFT_POLICY;
  return {
    missing: spec.onMissing ?? standard.missing,
    expired: spec.onExpired ?? standard.expired,
    altered: spec.onAltered ?? standard.altered,
    "sink-stale": spec.onSinkStale ?? standard["sink-stale"],
    orphan: spec.onOrphan ?? standard.orphan,
    foreign: spec.onForeign ?? standard.foreign,
    "not-compliant": spec.onNotCompliant ?? standard["not-compliant"],
    "unapplied-commit": spec.onUnappliedCommit ?? standard["unapplied-commit"],
    "scheduler-silent": spec.onSchedulerSilent ?? standard["scheduler-silent"],
  };
}
