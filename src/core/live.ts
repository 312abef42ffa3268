/** What the live key store holds, as its adapter reports it. Plain, JSON-able data. */

import type { AllowlistEntry } from "./desired.ts";
import type { KeyScope } from "./key-scope.ts";
import type { RoleRef } from "./role-ref.ts";

/**
 * Says that a thing in the store is ours: which instance made it, for which manifest, in which generation,
 * by which operation. What has no marker, or another instance's, is foreign and never touched.
 */
export interface Marker {
  readonly instance: string;
  readonly name: string;
  /** 1 for the first key of a name, then one more with each rotation. */
  readonly generation: number;
  /** 12 characters, unique to one attempt to mint; see `operation.ts`. */
  readonly operation: string;
}

export type KeyStatus = "pending" | "active" | "expired";

/** A key that is not revoked. Instants are ISO 8601. */
export interface LiveKey {
  readonly kind: "ApiKey";
  /** The store's own identifier; opaque. */
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly roles: readonly RoleRef[];
  /** The last four characters of the secret; absent where the store does not tell them. */
  readonly last4?: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly status: KeyStatus;
  readonly securityLevel: "standard" | "advanced";
  /** Where it was `Wanted`. */
  readonly scope?: KeyScope;
  readonly marker?: Marker;
}

/** A key that carries our marker. */
export type OwnedKey = LiveKey & { readonly marker: Marker };

export interface LiveRole {
  readonly kind: "Role";
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly permissions: readonly string[];
  /** The instance that manages it; absent for a role made by hand. */
  readonly instance?: string;
}

export interface LivePolicy {
  readonly kind: "SecurityPolicy";
  readonly requireExpiration: boolean;
  readonly maxLifetimeDays?: number;
  readonly allowedRoles?: readonly string[];
}

/** What a store tells of a secret: never its value. */
export interface LiveSecret {
  readonly kind: "Secret";
  /** The store's own identifier; opaque. */
  readonly id: string;
  readonly tag: string;
  readonly displayName: string;
}

/** A secret that the ledger knows for ours, with the name of its manifest. */
export type OwnedSecret = LiveSecret & { readonly name: string };

export interface LiveSecrets {
  /** By name. */
  readonly owned: readonly OwnedSecret[];
  /** Tags of all others. */
  readonly foreign: readonly string[];
}

export interface LiveAllowlist {
  readonly kind: "IpAllowlist";
  /** Sorted by address, as `renderRange` spells it where it can be read. */
  readonly entries: readonly AllowlistEntry[];
}

export interface LiveByKind {
  readonly ApiKey: LiveKey;
  readonly Role: LiveRole;
  readonly SecurityPolicy: LivePolicy;
  readonly Secret: LiveSecret;
  readonly IpAllowlist: LiveAllowlist;
}

export type Kind = keyof LiveByKind;

/** What may be said of a key that is not ours. */
export interface ForeignKey extends Pick<LiveKey, "id" | "displayName" | "createdAt"> {
  /** As its marker says, where it has another instance's. */
  readonly instance?: string;
}

/** Everything the diff may see of the store: what is ours or declared to become so. Of foreign things, the count and the ids of keys and the tags of roles. */
export interface LiveState {
  readonly keys: readonly OwnedKey[];
  /** Keys without our marker that the manifests adopt by their ids. */
  readonly adoptable: readonly LiveKey[];
  readonly roles: readonly LiveRole[];
  readonly policy?: LivePolicy;
  /** These two: absent when nobody asked for them. */
  readonly secrets?: LiveSecrets;
  readonly allowlist?: LiveAllowlist;
  readonly foreign: {
    readonly keys: number;
    /** What there is to say of each of them. */
    readonly listed?: readonly ForeignKey[];
    readonly roles: readonly string[];
    /** Of foreign keys that have not expired: one may have been ours, and have lost its marker. */
    readonly ids?: readonly string[];
    /** Tags of the custom roles that foreign keys have. */
    readonly heldRoles?: readonly string[];
  };
  /** False when the store said that it holds more than it listed: nothing may be revoked on such a reading. */
  readonly complete: boolean;
}
