/** The checks of `keywright doctor`, from what was looked at. Pure: what was not looked at is skipped, never guessed. */

import { type Area, type Check, type CheckStatus, sortChecks, STATUSES, type Verdict } from "./check.ts";
import { credentialVerdicts } from "./doctor-credential.ts";
import type { DoctorFacts } from "./doctor-facts.ts";
import { ledgerVerdicts, sinkVerdicts } from "./doctor-ports.ts";
import { configVerdicts, manifestVerdicts, scheduleVerdicts } from "./doctor-project.ts";
import { planVerdicts } from "./doctor-plan.ts";
import { clockVerdicts, storeVerdicts } from "./doctor-store.ts";

export interface Diagnosis {
  readonly apiVersion: "keywright/v1";
  readonly kind: "Diagnosis";
  /** Absent where there is no configuration. */
  readonly instance?: string;
  /** ISO 8601. */
  readonly at: string;
  /** The worst there is. */
  readonly result: Exclude<CheckStatus, "skipped">;
  readonly counts: Readonly<Record<CheckStatus, number>>;
  readonly checks: readonly Check[];
}

/** The order of sinks in `facts` does not matter. */
export function diagnose(facts: DoctorFacts): Diagnosis {
  const { config, now } = facts;
  const checks = sortChecks([
    ...named("config", configVerdicts(facts)),
    ...("found" in config && facts.project ? ofProject(config.found, facts.project, now) : []),
  ]);
  const counts = Object.fromEntries(
    STATUSES.map((status) => [status, checks.filter((check) => check.status === status).length]),
  ) as Record<CheckStatus, number>;
  const worst = counts.failed > 0 ? "failed" : counts.warning > 0 ? "warning" : "ok";
  const instance = "found" in config ? { instance: config.found.instance } : {};
  return {
    apiVersion: "keywright/v1",
    kind: "Diagnosis",
    ...instance,
    at: now.toISOString(),
    result: worst,
    counts,
    checks,
  };
}

type Project = NonNullable<DoctorFacts["project"]>;
type Config = Extract<DoctorFacts["config"], { readonly found: unknown }>["found"];

const ofProject = (config: Config, project: Project, now: Date): readonly Check[] => [
  ...named("manifests", manifestVerdicts(project)),
  ...named("store", storeVerdicts(project)),
  ...named("credential", credentialVerdicts(config, project, now)),
  ...named("clock", clockVerdicts(project)),
  ...named("sink", sinkVerdicts(project)),
  ...named("ledger", ledgerVerdicts(project, now)),
  ...named("plan", planVerdicts(project)),
  ...named("schedule", scheduleVerdicts(config, project, now)),
];

const named = (area: Area, verdicts: readonly (readonly [string, Verdict])[]): readonly Check[] =>
  verdicts.map(([name, verdict]) => ({ area, name, ...verdict }));
