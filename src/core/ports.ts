/**
 * The seams between deciding and doing. Obligations stand on each member; `test/contracts` holds a kit that
 * every implementation passes. An implementation throws `KeywrightError` and nothing else, and quotes no value in it.
 */

import type { AllowlistEntry, DesiredPolicy, DesiredRole, Slot } from "./desired.ts";
import type { Issue } from "./issue.ts";
import type { KeyFormat } from "./key-format.ts";
import type { KeyRecord, NextKeyRecord, Receipt } from "./key-record.ts";
import type { LedgerEvent } from "./ledger-event.ts";
import type { LedgerHead, LedgerSummary } from "./ledger-summary.ts";
import type { KeyScope } from "./key-scope.ts";
import type { Kind, LiveByKind, LiveKey, Marker } from "./live.ts";
import type { NoticeEvent, Notification } from "./notification.ts";
import type { RoleRef } from "./role-ref.ts";
import type { Secret } from "./secret.ts";
import type { StoreExamination, StoreNeeds } from "./store-examination.ts";
import type { BoardContent } from "./telling/standing.ts";

export interface Clock {
  now(): Date;
}

/** A cryptographically secure source. */
export interface Random {
  /** `length` bytes. */
  bytes(length: number): Uint8Array;
}

// ── Key store ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Who makes the secret. `client`: we do, and register its digest; the key is PENDING until its first use, and a
 * repeated create is harmless. `store`: it does, and shows it once; the key is active at once, and a repeated create
 * makes another key.
 */
export type Minting =
  | { readonly by: "client"; readonly format: KeyFormat }
  | { readonly by: "store"; readonly returnsId: boolean };

/** Which roles a key can be given. */
export interface GivenRoles {
  /** The names of its default roles; absent: any name, which the store looks up. */
  readonly names?: readonly string[];
  /** Whether there are custom roles with tags. */
  readonly custom: boolean;
}

/**
 * Requests that one change takes when all goes well, and how many may go out. What it takes to find a new key whose id the
 * store does not tell is not among them.
 */
export interface Rationing {
  readonly perMinute: number;
  readonly create: number;
  readonly update: number;
  readonly revoke: number;
  /** Keys that one request lists. */
  readonly pageSize: number;
  /** How often a list of several pages is read, until two readings agree. Default: once. */
  readonly readings?: number;
  /** What setting the scope of a key takes besides; reading it takes one request. Default: none. */
  readonly scope?: number;
  /** What opening the store takes, before anything is read. Default: none. */
  readonly opening?: number;
  /** What changing the IP allowlist takes. Default: 1. */
  readonly allowlist?: number;
}

export interface StoreCapabilities {
  readonly mint: Minting;
  /** Fields of a key that the store holds and that can change without a new key. */
  readonly updatable: readonly ("displayName" | "description" | "owner" | "labels" | "roles" | "scope")[];
  readonly securityLevels: readonly ("standard" | "advanced")[];
  /** The roles that a key can be given here. What a live key has may be more: read tolerantly, write strictly. */
  readonly roles: GivenRoles;
  /** The longest life that a key can have here: then every key has an end. Absent: as long as one likes, or for ever. */
  readonly maxLifetimeDays?: number;
  /** What the requests of a run cost, where the store rations them. */
  readonly rationing?: Rationing;
  /** What can be managed here besides keys. */
  readonly manages: readonly Exclude<Kind, "ApiKey">[];
  /** The most requests worth having under way at once. */
  readonly concurrency: number;
}

export interface CreateKeyRequest {
  readonly kind: "ApiKey";
  /** Its `operation` is the idempotency key. */
  readonly marker: Marker;
  readonly displayName: string;
  readonly description: string;
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly roles: readonly RoleRef[];
  readonly expiresAt?: string;
  readonly securityLevel: "standard" | "advanced";
  /** In force before the secret is given out. */
  readonly scope?: KeyScope;
  /** Where the client mints: only its digest and last four characters leave this process. */
  readonly secret?: Secret;
}

export interface CreateSecretRequest {
  readonly kind: "Secret";
  readonly tag: string;
  readonly displayName: string;
  readonly value: Secret;
}

export type CreateRequest =
  | CreateKeyRequest
  | { readonly kind: "Role"; readonly instance: string; readonly role: DesiredRole }
  | CreateSecretRequest;

export interface Minted {
  /**
   * Absent where the store does not tell (`returnsId`): the key is then found by its marker, and its end and roles are
   * compared with the request. With an id, the key is as it was asked for: otherwise `create` throws STORE_CONTRACT.
   */
  readonly id?: string;
  /** What the store minted; absent where the client did. */
  readonly secret?: Secret;
  readonly expiresAt?: string;
}

export type UpdateRequest =
  | {
      readonly kind: "ApiKey";
      readonly id: string;
      readonly marker: Marker;
      readonly displayName: string;
      readonly description: string;
      readonly owner?: string;
      readonly labels: Readonly<Record<string, string>>;
      /** Where they are `updatable`; the level is what the key has. */
      readonly roles: readonly RoleRef[];
      readonly securityLevel: "standard" | "advanced";
      /** Absent: it stays as it is. */
      readonly scope?: KeyScope;
    }
  | { readonly kind: "Role"; readonly instance: string; readonly role: DesiredRole }
  | { readonly kind: "SecurityPolicy"; readonly policy: DesiredPolicy }
  /** At least one of the two; what is absent stays. */
  | { readonly kind: "Secret"; readonly id: string; readonly displayName?: string; readonly value?: Secret }
  /** Replaces the whole list; never against a refusal of the store, which may see that it would lock us out. */
  | { readonly kind: "IpAllowlist"; readonly entries: readonly AllowlistEntry[] };

export type RevokeRequest =
  | { readonly kind: "ApiKey"; readonly id: string }
  | { readonly kind: "Role"; readonly name: string }
  | { readonly kind: "Secret"; readonly id: string };

export type Verification =
  /** The id of the key, where the store tells it. */
  { readonly valid: true; readonly id?: string } | { readonly valid: false; readonly reason: string };

/** What a listing brings only when it is asked for. */
export interface Wanted {
  /** Whether the scope of this key is to be read. */
  hasScope(key: LiveKey): boolean;
}

export interface KeyStore {
  /** Names the store without credentials, the same at every opening: `embedded:ks_…`, `https://…`. */
  readonly identity: string;
  readonly capabilities: StoreCapabilities;
  /** The id of the key that we authenticate with, where it can be known. It is never revoked. */
  readonly ownKeyId: string | undefined;
  /**
   * Everything of a kind that is not revoked, foreign things included, each once, in no particular order.
   * A reading that may miss something throws STORE_INCOMPLETE rather than end early. `wanted`: what costs more requests.
   */
  list<K extends Kind>(kind: K, signal?: AbortSignal, wanted?: Wanted): AsyncIterable<LiveByKind[K]>;
  /**
   * Creates a key, a role or a secret; of a secret, `Minted` has the id, and a tag that is taken is STORE_REJECTED. Where the client mints, a repeated create with the same operation and the same content
   * gives the same key; with other content, or when that key is dead, it throws STORE_CONFLICT. When it cannot be
   * known whether the store carried it out, it throws STORE_OUTCOME_UNKNOWN. Never retried inside.
   */
  create(request: CreateRequest, signal?: AbortSignal): Promise<Minted>;
  /** Changes in place. Idempotent. STORE_CONFLICT when the thing is gone. */
  update(request: UpdateRequest, signal?: AbortSignal): Promise<void>;
  /** Idempotent: what is already gone is success. Holds for the next request to the store. */
  revoke(request: RevokeRequest, signal?: AbortSignal): Promise<void>;
  /** Authenticates with `secret`; the first use activates a PENDING key. */
  verify(secret: Secret, signal?: AbortSignal): Promise<Verification>;
  /**
   * Who we are to the store, whether that is enough for `needs` and no more, and what it allows. Changes nothing. What the
   * credential may not do is part of the answer, as is what the store does not tell. Throws STORE_UNAUTHORIZED when the
   * store does not accept the credential, and STORE_FORBIDDEN when it accepts none from here.
   */
  examine(needs: StoreNeeds, signal?: AbortSignal): Promise<StoreExamination>;
  close(): Promise<void>;
}

// ── Secret sink ──────────────────────────────────────────────────────────────────────────────────────────

/** `pending` holds a value that no consumer reads yet, so that a crash cannot lose it. */
export type Stage = "current" | "pending";

/** What belongs to a value besides the value. */
export interface Stamp {
  readonly key: string;
  readonly operation: string;
  readonly generation: number;
  readonly fingerprint: string;
}

export interface SinkEntry {
  readonly secret: Secret;
  /** Always there for `pending`; for `current` where the sink can hold it. */
  readonly stamp?: Stamp;
}

export interface SinkCapabilities {
  /** Whether `read` gives values back. Only a readable sink has a pending stage. */
  readonly readable: boolean;
  /** Whether `inspect` tells of a slot although its value cannot be read. */
  readonly inspectable: boolean;
  /** The longest value in UTF-8 bytes. */
  readonly maxBytes: number;
}

/** What a sink knows of a value that it does not give back. */
export interface SinkInspection {
  /**
   * Another one after every write, whoever wrote: a number, or the time of the update, as fine as the sink's clock goes.
   * Absent where the sink only knows that something is there.
   */
  readonly version?: string;
}

export interface SecretSink {
  readonly capabilities: SinkCapabilities;
  /** Undefined when the slot is empty. Throws SINK_UNUSABLE when it cannot be read. */
  read(slot: Slot, stage: Stage): Promise<SinkEntry | undefined>;
  /**
   * What stands in the current stage; undefined when the slot is empty. Throws SINK_UNUSABLE when the sink cannot tell,
   * just now or (`inspectable`) ever.
   */
  inspect(slot: Slot): Promise<SinkInspection | undefined>;
  /**
   * Puts `secret` there, wholly or not at all; it is durable when the promise resolves. With `expected` (a
   * fingerprint, or null for an empty slot) it throws SINK_CONFLICT when something else stands there. Where the sink is
   * inspectable, the receipt's version is what `inspect` says right after this very write.
   */
  write(slot: Slot, stage: Stage, secret: Secret, stamp: Stamp, expected?: string | null): Promise<Receipt>;
  /** Idempotent. */
  remove(slot: Slot, stage: Stage): Promise<void>;
  /** Throws SINK_UNUSABLE when a write to `slot` is bound to fail; changes nothing. */
  probe(slot: Slot): Promise<void>;
}

// ── Ledger ───────────────────────────────────────────────────────────────────────────────────────────────

export interface Lease {
  /** Counts up with every lease ever given: the younger holder wins. */
  readonly fence: number;
  /**
   * Aborts when the lease is lost: it ran out and another took it, or its ground was removed. From then on every write
   * of the opening that held it throws LEASE_LOST, also after it let go; and so does asking for another lease: open anew.
   */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface LeaseHolder {
  readonly run: string;
  /** For people: who and where. */
  readonly description: string;
}

export interface Ledger {
  /** The newest records, of all keys, by name. */
  records(): Promise<ReadonlyMap<string, KeyRecord>>;
  /**
   * Compare-and-set: writes `next` when the record's version is `expected` (0: there is none), durably, and
   * gives the record back; throws LEDGER_CONFLICT otherwise. Null removes the record. `events` are appended in the
   * same write: with the record, or not at all.
   */
  claim(
    name: string,
    expected: number,
    next: NextKeyRecord | null,
    events?: readonly LedgerEvent[],
  ): Promise<KeyRecord | undefined>;
  /** Durable when the promise resolves: all of them, or none. */
  append(...events: readonly LedgerEvent[]): Promise<void>;
  /**
   * Joins the next write of this opening, before what that write was for; durable with it, and at the latest when the
   * lease is released or the ledger closed. Lost when the process dies before.
   */
  note(event: LedgerEvent): void;
  /** The history, oldest first. Throws LEDGER_CORRUPT where the hash chain breaks. */
  events(): AsyncIterable<LedgerEvent>;
  /**
   * For the length of an apply. Throws LEASE_HELD when another holds it, or this opening itself, and does not let go within
   * `waitMs`; INTERRUPTED when `signal` ends the waiting; and LEASE_LOST when this opening lost one.
   */
  lease(holder: LeaseHolder, waitMs: number, signal?: AbortSignal): Promise<Lease>;
  close(): Promise<void>;
}

/** A ledger whose history outlives the process, as one hash chain. */
export interface StoredLedger extends Ledger {
  /**
   * Reads the whole history afresh. Throws LEDGER_CORRUPT, with the place, where the chain breaks, where it is another
   * instance's, where a record does not follow from the one before, and when it does not have the line `noted` earlier.
   */
  verify(noted?: LedgerHead): Promise<LedgerSummary>;
  /** Who holds the lease now, in words for people; undefined: nobody. Takes nothing and writes nothing. */
  leaseHolder(): Promise<string | undefined>;
}

// ── Notices ──────────────────────────────────────────────────────────────────────────────────────────────

/** A way to tell people. */
export type NoticeChannel = Messenger | NoticeBoard;

interface NamedChannel {
  /** No other has it; the ledger remembers by it who was told. */
  readonly name: string;
  /** What it is to hear of. Whoever heard that something is wrong hears too, with `recovered`, that it is over. */
  readonly events: readonly NoticeEvent[];
}

/** Hears of what has come, and of what has gone. */
export interface Messenger extends NamedChannel {
  readonly isBoard?: never;
  /**
   * Tells people, and resolves when they are told as far as can be known, with whom it did not reach. Throws NOTICE_UNSENT
   * otherwise: the next run asks again. After a crash it may be asked again for what was told: the id of the notification
   * tells. Ends within two minutes, and soon after `signal` aborts.
   */
  tell(notification: Notification, signal?: AbortSignal): Promise<{ readonly remark?: string }>;
}

/** Shows all that stands, as long as it stands. Its events are of what stands for some time: `drift` and `run-failed`. */
export interface NoticeBoard extends NamedChannel {
  readonly isBoard: true;
  /**
   * Makes the board say this and nothing else, and changes nothing where it does. Resolves when it says it, with what could
   * not be done besides; throws NOTICE_UNSENT otherwise: the next run asks again. Several may be at it at once. Ends within
   * two minutes, and soon after `signal` aborts.
   */
  show(content: BoardContent, signal?: AbortSignal): Promise<{ readonly remark?: string }>;
}

// ── Manifest source ──────────────────────────────────────────────────────────────────────────────────────

export interface ManifestOrigin {
  readonly type: "directory" | "git";
  /** A path, or a URL without credentials. */
  readonly location: string;
  /** What was asked for: a branch, a tag or a commit. */
  readonly ref?: string;
  /** What it resolved to, 40 or 64 hex digits; absent for a directory. */
  readonly commit?: string;
}

export interface ManifestFile {
  /** Relative to the source's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Which of the asked-for patterns found it: later ones overlay earlier ones. */
  readonly layer: number;
}

export interface ManifestFiles {
  readonly origin: ManifestOrigin;
  /** Sorted by layer, then path. */
  readonly files: readonly ManifestFile[];
  /** Files that were refused: symbolic links, special files, too large, not UTF-8. */
  readonly issues: readonly Issue[];
}

export interface ManifestSource {
  /** Reads the files that match `patterns` (globs relative to the root). */
  load(patterns: readonly string[]): Promise<ManifestFiles>;
}
