/** One trial as plain data: what should exist, what is done, and what goes wrong. The same schedule replays identically. */

import type { DesiredState } from "../core/desired.ts";
import type { StoreName } from "../stores/store-profile.ts";

export interface SimulatedSink {
  readonly name: string;
  /** A blind sink takes values and never gives one back. */
  readonly readable: boolean;
  /** Whether a blind sink tells which write its value comes from. Default: it does not. */
  readonly inspectable?: boolean;
}

export interface Scenario {
  readonly name: string;
  /** Which store the simulated one behaves like. */
  readonly store: StoreName;
  readonly sinks: readonly SimulatedSink[];
  /** What the manifests say, over time; steps refer to them by index. The first holds from the beginning. */
  readonly states: readonly DesiredState[];
  /** Names whose manifests are gone that one run may revoke. */
  readonly maxRevocations: number;
  /** Consumers read their slot anew after so many operations, besides between steps; 0: only between steps. */
  readonly rereadEvery: number;
}

/** What somebody does in the store or in a sink, by hand. `key` and `slot` count modulo what there is. */
export type HumanAct =
  | { readonly act: "describe-key"; readonly key: number }
  | { readonly act: "revoke-key"; readonly key: number }
  | { readonly act: "copy-marker"; readonly key: number }
  /** As by another description: the whole marker goes, its end goes, or it says another name. */
  | { readonly act: "drop-marker"; readonly key: number }
  | { readonly act: "cut-marker"; readonly key: number }
  | { readonly act: "bend-marker"; readonly key: number }
  | { readonly act: "make-key" }
  /** Our marker, on the key that every reconciler authenticates with: of a name that no manifest declares. */
  | { readonly act: "mark-own-key" }
  | { readonly act: "unmark-own-key" }
  | { readonly act: "delete-value"; readonly slot: number }
  | { readonly act: "overwrite-value"; readonly slot: number };

/** Something that happens at once and is no operation of a reconciler. */
export type Happening =
  | HumanAct
  /** The manifests now say `states[state]`. */
  | { readonly act: "push"; readonly state: number }
  /** Time passes, for everybody. */
  | { readonly act: "advance"; readonly ms: number };

export interface ReconcilerPlan {
  /** How far its clock is off. */
  readonly skewMs: number;
  /** Whether it waits for another's lease. */
  readonly waits: boolean;
  /** The most changes that it has under way at once. */
  readonly concurrency: number;
}

export type Step =
  /** One to three reconcilers side by side; each plans, applies and ends. */
  | {
      readonly step: "run";
      readonly reconcilers: readonly ReconcilerPlan[];
      /** `after`: so many operations after the beginning of this step; what comes too late happens at its end. */
      readonly meanwhile: readonly { readonly after: number; readonly happening: Happening }[];
    }
  | { readonly step: "happen"; readonly happening: Happening }
  /** The clocks of all reconcilers are off by this much until the next jump; the store's is not. */
  | { readonly step: "jump"; readonly ms: number };

export type FaultKind =
  /** The process dies before or after the operation. */
  | "crash-before"
  | "crash-after"
  /** The request arrives twice. */
  | "duplicate"
  /** Its outcome is unknown; it is carried out `delay` operations later, at the latest when the faults stop. */
  | "late"
  /** Carried out; the answer is lost. */
  | "lost-answer"
  | "connection-refused"
  | "status-429"
  /** `carriedOut` tells whether the store had done it before it failed. */
  | "status-500"
  | "status-503"
  /** So much time passes that leases run out: before the operation, or with `carriedOut` after it. */
  | "slow"
  | "truncated-body"
  | "malformed-body"
  | "wrong-content-type"
  | "redirect"
  /** Wrongly: the store's answer to a verification is that the secret is not valid; `carriedOut` as above. */
  | "denied-verification"
  /** The credential has expired: nothing is accepted from this process any more. */
  | "expired-credential"
  /** Pages shifted under a listing: a key is missing, and the store says so (STORE_INCOMPLETE). */
  | "shifted-pages"
  /** The store does not list its newest key yet. */
  | "late-list"
  | "sink-read-only"
  | "sink-full"
  /** Written, or removed, and reported as failed. */
  | "sink-answer-lost"
  | "sink-unreadable"
  | "ledger-unreachable"
  /** Written; the answer is lost. */
  | "ledger-answer-lost"
  | "ledger-conflict"
  /** Another took the lease: before the operation, or with `carriedOut` after it. */
  | "lease-lost";

export interface Fault {
  /** Strikes the first operation of the trial, from this index on, that its kind can strike. */
  readonly at: number;
  readonly kind: FaultKind;
  readonly carriedOut?: boolean;
  /** For `late`: in operations. */
  readonly delay?: number;
}

export interface Schedule {
  readonly version: 2;
  readonly seed: number;
  readonly scenario: Scenario;
  readonly steps: readonly Step[];
  readonly faults: readonly Fault[];
}
