/**
 * What the ledger remembers of checks for drift: when the last one was made, whoever made it, and which of several daemons
 * is at the one that is due. A scheduler that does not run any more cannot say so itself; this record says it.
 */

/** Of the record: a key's name has no slash. */
export const SCHEDULE_RECORD = "store/schedule";

/** `incomplete`: something could not be looked at; `failed`: the look came to no end. */
export const CHECK_RESULTS = ["clean", "drift", "incomplete", "failed"] as const;

export type CheckResult = (typeof CHECK_RESULTS)[number];

export interface LastCheck {
  /** When it ended. ISO 8601. */
  readonly at: string;
  /** For people: who and where. */
  readonly by: string;
  readonly result: CheckResult;
  /** To report or to fix. */
  readonly findings: number;
  /** Of the manifests that it looked with; absent for a directory, and where the look failed. */
  readonly commit?: string;
  /** The longest time until the next one, by the schedule that it knew; absent: it knew none. */
  readonly dueWithinMs?: number;
}

/** One daemon is at a firing of the schedule. Instants are ISO 8601. */
export interface TickClaim {
  /** The firing. */
  readonly tick: string;
  /** The daemon's own name, which no other has. */
  readonly by: string;
  /** Later, whoever had it has died, and another may take it. */
  readonly until: string;
}

export interface CheckSchedule {
  readonly lastCheck?: LastCheck;
  /** When a check last saw everything, whatever it found. ISO 8601. */
  readonly lastGoodAt?: string;
  /** When the last check of a daemon that got through ended: firings up to then are done. ISO 8601. */
  readonly doneAt?: string;
  readonly claim?: TickClaim;
}

export const scheduleOf = (
  records: ReadonlyMap<string, { readonly schedule?: CheckSchedule }>,
): CheckSchedule => records.get(SCHEDULE_RECORD)?.schedule ?? {};

/** Whether it saw all that there is to see. */
export const isGoodCheck = ({ result }: Pick<LastCheck, "result">): boolean =>
  result === "clean" || result === "drift";
