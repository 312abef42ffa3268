/** What the ledger remembers of one key name: the part of the truth that no store and no sink can tell. */

import type { Baseline } from "./baseline.ts";
import type { Expires, Slot } from "./desired.ts";
import type { CheckSchedule } from "./schedule/check-schedule.ts";
import type { ToldNotices } from "./telling/told.ts";

/** Proof that a sink took a value. */
export interface Receipt {
  readonly slot: Slot;
  readonly generation: number;
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly at: string;
  /** The sink's own version of the value, as it was right after this write, where it has one. */
  readonly version?: string;
  /** No proof yet: a copy into a sink that cannot be read was about to be made, and may have been. */
  readonly isBegun?: true;
}

/** The key that consumers use now. */
export interface CurrentKey {
  readonly operation: string;
  readonly generation: number;
  /** The store's identifier. */
  readonly id: string;
  readonly fingerprint: string;
  readonly last4: string;
  readonly serial?: number;
  /** The rule under which it was minted, and what the store made of it. */
  readonly expires: Expires;
  readonly expiresAt?: string;
  readonly promotedAt: string;
  readonly receipts: readonly Receipt[];
}

/** A replaced key that stays valid until `retireAt`. */
export interface RetiringKey {
  readonly operation: string;
  readonly id: string;
  /** ISO 8601. */
  readonly retireAt: string;
  /** Of its secret, where the ledger knew it: tells a leaked key from others. */
  readonly fingerprint?: string;
}

/** A mint under way, or one that died: written before the store hears of it, cleared when it is promoted. */
export interface Intent {
  readonly operation: string;
  readonly generation: number;
  readonly run: string;
  readonly at: string;
  /**
   * Of the secret that was made for it: finds the value again in a sink after a crash. Where the store mints, it is
   * not known before the store has answered.
   */
  readonly fingerprint?: string;
  /** Every slot that the secret may have reached, and those of attempts abandoned before it. */
  readonly slots: readonly Slot[];
  /** `mintRequest` of the manifest that it was begun for. */
  readonly request: string;
  readonly serial?: number;
}

/**
 * An attempt whose secret nobody has. The store may still carry its create out, late: then that key is known for what
 * it is, and revoked.
 */
export interface AbandonedMint {
  readonly operation: string;
  readonly generation: number;
  /** ISO 8601. Not before: a sink that cannot be read may have got the secret. */
  readonly revokeAt: string;
  /** Such a sink may hold it until the next delivery: whoever reads it until then gets a whole overlap from there. */
  readonly mayBeRead?: true;
  /** Of its secret, where the ledger knew it: finds a value that it left in a sink. */
  readonly fingerprint?: string;
}

/** Proof that the store took the value of a Secret, which it never gives back. */
export interface SecretReceipt {
  /** The store's identifier. */
  readonly id: string;
  /** As `value-fingerprint.ts` makes it: what people choose can be guessed from a plain digest. */
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A create of a Secret that may have been carried out: a run began it, and did not come to its receipt. */
export interface SecretIntent {
  readonly tag: string;
  readonly displayName: string;
  readonly run: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Names of records that are about no key: a key's name has no slash. See `baseline.ts`, `telling/told.ts` and `schedule/check-schedule.ts` too. */
export const secretRecordName = (name: string): string => `secret/${name}`;

export interface KeyRecord {
  readonly name: string;
  /** Counts up with each write: the expected value of the next compare-and-set. */
  readonly version: number;
  readonly current?: CurrentKey;
  readonly intent?: Intent;
  readonly retiring: readonly RetiringKey[];
  readonly abandoned?: readonly AbandonedMint[];
  /**
   * Operations whose secrets are in wrong hands, until their keys are gone: every run goes on with replacing and
   * revoking them.
   */
  readonly leaked?: readonly string[];
  /** Of a Secret manifest (`secretRecordName`): what was put into the store last. */
  readonly secret?: SecretReceipt;
  readonly secretIntent?: SecretIntent;
  /** Of `BASELINE_RECORD`. */
  readonly baseline?: Baseline;
  /** Of `NOTICES_RECORD`. */
  readonly notices?: ToldNotices;
  /** Of `SCHEDULE_RECORD`. */
  readonly schedule?: CheckSchedule;
  /** As last applied: protection must outlive the manifest that declares it. */
  readonly protected: boolean;
}

/** What a claim writes: the record without its version, which the ledger sets. */
export type NextKeyRecord = Omit<KeyRecord, "version" | "name">;
