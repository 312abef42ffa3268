/** What a daemon touches: production and tests differ only here. */

import type { DriftPolicy } from "../core/drift/finding.ts";
import type { Clock, Ledger, Random } from "../core/ports.ts";
import type { NoticeFailure } from "../reconcile/tell.ts";
import type { World } from "../reconcile/world.ts";

/** When checks are due. */
export interface CheckTimes {
  /** Undefined: never again. */
  nextAfter(from: Date): Date | undefined;
  /** The longest time between two, from `from` on for a year. */
  longestSilence(from: Date): { readonly ms: number };
}

/** A project as it was read for one check. */
export interface DaemonProject {
  readonly times: CheckTimes;
  /** The most to wait after a firing; absent: a tenth of the pause, and at most a minute. */
  readonly jitterMs?: number;
  /** An opening of its own, which nothing else of a check writes through. */
  openLedger(): Promise<Ledger>;
  /** Reads the manifests. */
  openWorld(signal: AbortSignal): Promise<OpenedCheck>;
  /** Tells people what ended a check. Never throws. */
  tellFailure(error: unknown, signal: AbortSignal): Promise<void>;
}

export interface OpenedCheck {
  readonly world: World;
  readonly asRead: World;
  readonly driftPolicy: DriftPolicy;
  close(): Promise<void>;
}

/** Messages may hold what stores and people wrote: whoever writes them makes them printable. */
export interface DaemonLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface DaemonPorts {
  /** Reads configuration and schedule anew. */
  read(): Promise<DaemonProject>;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Resolves when `instant` has come by the clock, however it is set meanwhile, and at once when `signal` aborts; also when
   * the clock was put back to before the wait began: look at it again.
   */
  waitUntil(instant: Date, signal: AbortSignal): Promise<void>;
  readonly log: DaemonLog;
  readonly onNoticeFailed: (failure: NoticeFailure) => void;
}

export interface DaemonOptions {
  /** Whether a check carries out what is to be fixed, and due. */
  readonly isFixing: boolean;
  /** For people: who and where. */
  readonly holder: string;
  /** How long one check may take. */
  readonly limitMs: number;
  /** How long a fix waits for an apply that is under way. */
  readonly leaseWaitMs: number;
  /** Asks the daemon to end. */
  readonly signal: AbortSignal;
  /** From then on what has not answered is not waited for. */
  readonly deadline: AbortSignal;
}
