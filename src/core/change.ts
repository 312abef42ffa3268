/** One difference between what should be and what is, with all that is needed to carry it out. */

import type {
  DesiredAllowlist,
  DesiredKey,
  DesiredPolicy,
  DesiredRole,
  DesiredSecret,
  Slot,
} from "./desired.ts";
import type { LiveKey, OwnedKey } from "./live.ts";
import type { RotationReason } from "./rotation.ts";

/** One field that differs, as text for people. */
export interface FieldChange {
  readonly field: string;
  readonly from?: string;
  readonly to?: string;
}

export const fieldChange = (
  field: string,
  from: string | undefined,
  to: string | undefined,
): FieldChange => ({
  field,
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
});

/** The live key that a change is about: the precondition under which it was planned. */
export type KeyRef = Pick<LiveKey, "id" | "last4" | "status" | "createdAt"> & {
  readonly generation: number;
  readonly operation: string;
  readonly expiresAt?: string;
};

export const refOf = (key: OwnedKey): KeyRef => ({
  id: key.id,
  status: key.status,
  createdAt: key.createdAt,
  generation: key.marker.generation,
  operation: key.marker.operation,
  ...(key.last4 !== undefined && { last4: key.last4 }),
  ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
});

/** A live key that carries no marker of ours yet. */
export type AdoptedRef = Omit<KeyRef, "generation" | "operation">;

export const adoptedRefOf = (key: LiveKey): AdoptedRef => ({
  id: key.id,
  status: key.status,
  createdAt: key.createdAt,
  ...(key.last4 !== undefined && { last4: key.last4 }),
  ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
});

/** Why a key that is live gets revoked. */
export type RevocationReason =
  /** Its manifest is gone. */
  | "removed"
  /** A newer key took its place and the overlap is over. */
  | "superseded"
  /** A run did not get it made, or died before that: only its traces in ledger and sinks are cleared. */
  | "unminted"
  /** It comes from an attempt that was given up: nobody has its secret. */
  | "abandoned"
  /** The store carried one create out twice, and nobody has this one's secret. */
  | "duplicate"
  /** Its secret is in wrong hands. */
  | "leaked"
  /** A person asked for it by name. */
  | "asked";

interface ChangeOf<A extends string, K extends string> {
  readonly action: A;
  readonly kind: K;
  readonly name: string;
}

export interface CreateKey extends ChangeOf<"create", "ApiKey"> {
  readonly desired: DesiredKey;
  readonly reasons: readonly RotationReason[];
}

export interface UpdateKey extends ChangeOf<"update", "ApiKey"> {
  readonly desired: DesiredKey;
  readonly current: KeyRef;
  readonly fields: readonly FieldChange[];
  /** The name it had before, when this is a rename. */
  readonly renamedFrom?: string;
  /** Slots that get a copy of the current value from a slot that has it. */
  readonly copyTo: readonly Slot[];
  /** Slots that no key declares any longer and that still hold the current value. */
  readonly removeFrom: readonly Slot[];
}

/** A key that somebody else made becomes ours: it gets our marker, and the declared metadata. */
export interface AdoptKey extends ChangeOf<"adopt", "ApiKey"> {
  readonly desired: DesiredKey;
  readonly key: AdoptedRef;
  readonly fields: readonly FieldChange[];
}

export interface RotateKey extends ChangeOf<"rotate", "ApiKey"> {
  readonly desired: DesiredKey;
  readonly current: KeyRef;
  readonly reasons: readonly RotationReason[];
  readonly fields: readonly FieldChange[];
}

export interface RevokeKey extends ChangeOf<"revoke", "ApiKey"> {
  readonly key: KeyRef;
  readonly reason: RevocationReason;
  /** Declared `protected`, as far as the manifests still say. */
  readonly protected: boolean;
}

export interface CreateRole extends ChangeOf<"create", "Role"> {
  readonly desired: DesiredRole;
}

export interface UpdateRole extends ChangeOf<"update", "Role"> {
  readonly desired: DesiredRole;
  readonly fields: readonly FieldChange[];
}

export interface RevokeRole extends ChangeOf<"revoke", "Role"> {}

export interface UpdatePolicy extends ChangeOf<"update", "SecurityPolicy"> {
  readonly desired: DesiredPolicy;
  readonly fields: readonly FieldChange[];
}

export interface SecretRef {
  /** The store's identifier. */
  readonly id: string;
  readonly tag: string;
}

export interface CreateSecret extends ChangeOf<"create", "Secret"> {
  readonly desired: DesiredSecret;
}

export interface UpdateSecret extends ChangeOf<"update", "Secret"> {
  readonly desired: DesiredSecret;
  readonly current: SecretRef;
  /** `value` says that it changed, and nothing else. */
  readonly fields: readonly FieldChange[];
}

export interface RevokeSecret extends ChangeOf<"revoke", "Secret"> {
  readonly secret: SecretRef;
}

export interface UpdateAllowlist extends ChangeOf<"update", "IpAllowlist"> {
  readonly desired: DesiredAllowlist;
  readonly fields: readonly FieldChange[];
}

export type SecretChange = CreateSecret | UpdateSecret | RevokeSecret;
export type KeyChange = CreateKey | AdoptKey | UpdateKey | RotateKey | RevokeKey;
export type RoleChange = CreateRole | UpdateRole | RevokeRole;
export type Change = KeyChange | RoleChange | UpdatePolicy | SecretChange | UpdateAllowlist;
export type Action = Change["action"];
