/** What was looked at for `keywright doctor`: plain data, of which `diagnose` makes its checks. */

import type { Fault, Finding } from "./check.ts";
import type { Issue } from "./issue.ts";
import type { LedgerSummary } from "./ledger-summary.ts";
import type { Plan } from "./plan.ts";
import type { RunRecord } from "./run.ts";
import type { LastCheck } from "./schedule/check-schedule.ts";
import type { StoreExamination } from "./store-examination.ts";

/** Something that is asked with a credential, and where that comes from. */
export interface CredentialUse {
  /** `the store`, `sink app`. */
  readonly user: string;
  /** `the environment variable X`, `the file /x`. */
  readonly place: string;
}

export interface ConfigFacts {
  readonly instance: string;
  /** Drivers. */
  readonly store: string;
  readonly ledger: string;
  readonly sinks: number;
  readonly credentials: readonly CredentialUse[];
  /** `guards.ownKey`. */
  readonly ownKeyId?: string;
  /** Of `notify`, each with why it is bound to fail, if it is; absent: there is none. */
  readonly channels?: readonly { readonly name: string; readonly fault?: Fault }[];
  /** Host and port of the proxy that requests to the store go through; absent: they go straight, or there are none. */
  readonly proxy?: string;
  /** When runs come; absent: nobody said. */
  readonly drift?: {
    readonly schedule: string;
    readonly timeZone: string;
    readonly longestSilenceMs: number;
  };
}

export interface ManifestFacts {
  /** How much of what is declared, by its noun: `key`. */
  readonly declared: readonly (readonly [noun: string, count: number])[];
  readonly isValid: boolean;
  /** Of manifests and their source. */
  readonly issues: readonly Issue[];
  /** Of all keys that are rotated before they expire, the least time that there is for it, in milliseconds. */
  readonly shortestWindowMs?: number;
}

export interface StoreFacts {
  readonly identity: string;
  readonly maxLifetimeDays?: number;
}

export interface ListingFacts {
  readonly keys: number;
  readonly ours: number;
}

export interface SinkFindings {
  readonly readable: boolean;
  readonly inspectable: boolean;
  /** Absent: the manifests are not valid, so nobody knows. */
  readonly slots?: number;
  /** Those that cannot be written, by slot. */
  readonly faults: readonly (readonly [slot: string, fault: Fault])[];
}

export interface LedgerFindings {
  /** Of a history that was gone through from its first line. */
  readonly summary: Finding<LedgerSummary>;
  /** Undefined: nobody has the lease. */
  readonly holder: Finding<string | undefined>;
  /** Undefined: there was none. */
  readonly lastRun: Finding<RunRecord | undefined>;
  /** For drift. Undefined: there was none. */
  readonly lastCheck: Finding<LastCheck | undefined>;
}

export type PlanFacts = Pick<Plan, "changes" | "blocked" | "violations">;

/** What can be looked at once there is a configuration. */
export interface ProjectFacts {
  readonly manifests: Finding<ManifestFacts>;
  readonly store: Finding<StoreFacts>;
  /** Both absent where the store could not be opened. */
  readonly listing?: Finding<ListingFacts>;
  readonly examination?: Finding<StoreExamination>;
  readonly sinks: ReadonlyMap<string, Finding<SinkFindings>>;
  readonly ledger: Finding<LedgerFindings>;
  /** Absent where something that it takes could not be opened. */
  readonly plan?: Finding<PlanFacts>;
}

export interface DoctorFacts {
  readonly now: Date;
  /** `v22.1.0`, and the least that is supported: `20.19`. */
  readonly node: { readonly version: string; readonly least: string };
  readonly config: Finding<ConfigFacts>;
  /** Absent where there is no configuration. */
  readonly project?: ProjectFacts;
}
