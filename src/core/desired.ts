/** What the manifests say should exist. Plain, JSON-able data; all names are validated before it is built. */

import type { Position } from "./issue.ts";
import type { KeyScope } from "./key-scope.ts";
import type { RoleRef } from "./role-ref.ts";

/** When a key's life ends. `after` counts from the moment it is minted. */
export type Expires =
  | { readonly type: "never" }
  | { readonly type: "after"; readonly ms: number }
  /** ISO 8601 in UTC. */
  | { readonly type: "at"; readonly instant: string };

/** When a key is replaced although nothing else about it changed. */
export type RotationTrigger =
  | { readonly type: "disabled" }
  /** After this fraction (0 < fraction < 1) of the key's actual life. */
  | { readonly type: "at"; readonly fraction: number }
  /** This long before it expires. */
  | { readonly type: "before"; readonly ms: number }
  /** At this age. */
  | { readonly type: "every"; readonly ms: number };

export interface RotationRule {
  readonly trigger: RotationTrigger;
  /** How long the replaced key stays valid beside its successor. */
  readonly overlapMs: number;
  /** A number that forces one rotation each time it changes. */
  readonly serial?: number;
}

/** Where a secret goes: the sink's name and the fields that this sink's driver asks for. */
export interface Slot {
  readonly sink: string;
  readonly [field: string]: string;
}

export interface DesiredKey {
  readonly kind: "ApiKey";
  /** Identity within the instance: lower-case letters, digits and dashes. */
  readonly name: string;
  readonly previousNames: readonly string[];
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly displayName: string;
  readonly description: string;
  readonly roles: readonly RoleRef[];
  readonly expires: Expires;
  readonly rotation: RotationRule;
  readonly securityLevel: "standard" | "advanced";
  /** Absent: whatever the store gives, unmanaged. */
  readonly scope?: KeyScope;
  /** Revoking or rotating it needs an explicit override. */
  readonly protected: boolean;
  readonly deliverTo: readonly Slot[];
  /**
   * The key of this id in the store was made by somebody else, and its value is held elsewhere: see `adoption.ts`. Only
   * then may `deliverTo` be empty.
   */
  readonly adopt?: { readonly id: string };
  /** Where it is declared; no part of what is compared. */
  readonly origin: Position;
}

export interface DesiredRole {
  readonly kind: "Role";
  /** The role's tag. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Sorted, without repetitions. */
  readonly permissions: readonly string[];
  /** It is managed elsewhere, and never created, changed or revoked here. */
  readonly external?: true;
  readonly origin: Position;
}

export interface DesiredPolicy {
  readonly kind: "SecurityPolicy";
  readonly name: string;
  readonly requireExpiration: boolean;
  /** 1 to 400 (seed 000). */
  readonly maxLifetimeDays?: number;
  /** Roles as `renderRole` spells them; absent: all. */
  readonly allowedRoles?: readonly string[];
  readonly requireRotation: boolean;
  readonly requireOwner: boolean;
  /** An RE2 expression that every key's name must match as a whole. */
  readonly namePattern?: string;
  readonly origin: Position;
}

/** A value that lies in a sink and is to be in the store too, which never gives it back. */
export interface DesiredSecret {
  readonly kind: "Secret";
  readonly name: string;
  /** What the store knows it by: unique there, and never changed. */
  readonly tag: string;
  readonly displayName: string;
  /** Where its value is read. */
  readonly valueFrom: Slot;
  readonly origin: Position;
}

export interface AllowlistEntry {
  /** As `renderRange` spells it. */
  readonly address: string;
  readonly description: string;
}

/** From where the store may be called: with the first entry, from nowhere else. */
export interface DesiredAllowlist {
  readonly kind: "IpAllowlist";
  readonly name: string;
  /** Sorted by address, each once. */
  readonly entries: readonly AllowlistEntry[];
  readonly origin: Position;
}

export interface DesiredState {
  readonly instance: string;
  readonly keys: readonly DesiredKey[];
  readonly roles: readonly DesiredRole[];
  readonly policy?: DesiredPolicy;
  /** Absent: none is declared. */
  readonly secrets?: readonly DesiredSecret[];
  /** Absent: it is not managed. */
  readonly allowlist?: DesiredAllowlist;
}

/** A slot as one line, equal for equal slots only: `local: field=TOKEN path=ci/scanner`. */
export function slotId(slot: Slot): string {
  const fields = Object.entries(slot)
    .filter(([field]) => field !== "sink")
    .map(([field, value]) => `${field}=${/[\s"]/.test(value) ? JSON.stringify(value) : value}`)
    .sort();
  return `${slot.sink}: ${fields.join(" ")}`;
}
