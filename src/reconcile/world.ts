/** Everything that reconciling touches, as ports: production, tests and simulation differ only here. */

import type { ApprovalRule } from "../core/approval/approval.ts";
import type { DesiredState } from "../core/desired.ts";
import type { Limits } from "../core/guard.ts";
import type { Notice } from "../core/notice.ts";
import type {
  Clock,
  KeyStore,
  Ledger,
  ManifestOrigin,
  NoticeChannel,
  Random,
  SecretSink,
} from "../core/ports.ts";

/** The manifests, read and found valid. */
export interface LoadedManifests {
  readonly desired: DesiredState;
  readonly source: ManifestOrigin;
  /** Over what the manifests say; how they are written down does not matter. */
  readonly manifestDigest: string;
  /** What people should know of how they were read. */
  readonly notices: readonly Notice[];
}

export interface World {
  /** Reads the manifests anew; throws INPUT_INVALID with all issues. */
  readonly load: () => Promise<LoadedManifests>;
  readonly store: KeyStore;
  /** By the name that the configuration gives them. */
  readonly sinks: ReadonlyMap<string, SecretSink>;
  readonly ledger: Ledger;
  /** How people hear of what they should know; absent: nobody is told. */
  readonly channels?: readonly NoticeChannel[];
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Omit<Limits, "allowed">;
  /** Of the schedule of checks, from now on for a year; absent: nobody said when they come. */
  readonly longestSilenceMs?: () => number;
  /** What risky changes need; absent: nothing. */
  readonly approvals?: readonly ApprovalRule[];
  /** What a fingerprint of a Secret's value costs (`fingerprintValue`); absent: what is fit for production. */
  readonly fingerprintLogN?: number;
  /** The most changes under way at once. */
  readonly concurrency: number;
}
