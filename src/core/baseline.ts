/**
 * What the ledger remembers of a whole instance, so that one look at the present tells drift from what is meant: what
 * was applied, and which keys of others are known. It is a record like those of keys, written together with the end of
 * the run that changes it: to read it costs nothing, and to look through the history is needless.
 */

/** Of the record: a key's name has no slash. */
export const BASELINE_RECORD = "store/baseline";

/** Keys that are not ours and that somebody knows of. */
export interface KnownForeign {
  /** Sorted. */
  readonly ids: readonly string[];
  /** Other instances of Keywright on this store, whose keys come and go. Sorted. */
  readonly instances: readonly string[];
  /** ISO 8601. */
  readonly at: string;
  /** What a person said who acknowledged them; absent: an apply found them. */
  readonly reason?: string;
}

/** What the manifests said when the store was last made so. */
export interface Applied {
  /** When it last became something else. ISO 8601. */
  readonly at: string;
  /** The last one all of which was applied; absent for a directory. */
  readonly commit?: string;
  /** `itemDigests`; `ENDED` for what is no longer declared and goes when it can. */
  readonly items: Readonly<Record<string, string>>;
}

export const ENDED = "-";

export interface Baseline {
  readonly foreign?: KnownForeign;
  readonly applied?: Applied;
}

export const baselineOf = (records: ReadonlyMap<string, { readonly baseline?: Baseline }>): Baseline =>
  records.get(BASELINE_RECORD)?.baseline ?? {};
