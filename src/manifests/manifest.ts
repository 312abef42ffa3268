/** What the schemas accept, as types. */

import type { KeyScope } from "../core/key-scope.ts";
import type { SourceNode } from "./source-node.ts";

export const API_VERSION = "keywright/v1";
export const MANIFEST_KINDS = ["ApiKey", "Role", "SecurityPolicy", "Secret", "IpAllowlist"] as const;
export type ManifestKind = (typeof MANIFEST_KINDS)[number];

export type RoleSpec = string | { readonly custom: string } | { readonly name: string };

export type ExpiresSpec =
  | "never"
  | { readonly after: string }
  | { readonly at: string }
  | { readonly on: string; readonly timezone: string };

export type RotationSpec =
  | "disabled"
  | {
      readonly at?: string;
      readonly before?: string;
      readonly every?: string;
      readonly overlap?: string;
      readonly serial?: number;
    };

export interface ApiKeyManifest {
  readonly metadata: {
    readonly name: string;
    readonly owner?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly previousNames?: readonly string[];
  };
  readonly spec: {
    readonly displayName?: string;
    readonly description?: string;
    readonly roles: readonly RoleSpec[];
    readonly expires?: ExpiresSpec;
    readonly rotation?: RotationSpec;
    readonly securityLevel?: "standard" | "advanced";
    readonly scope?: KeyScope;
    readonly protected?: boolean;
    /** Absent only where `adopt` is there. */
    readonly deliverTo?: readonly { readonly sink: string; readonly [field: string]: string }[];
    readonly adopt?: { readonly id: string };
  };
}

export interface RoleManifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly displayName?: string;
    readonly description?: string;
    /** Absent only where the role is external. */
    readonly permissions?: readonly string[];
    readonly external?: true;
  };
}

/** What of a manifest is left beside its faults (see `soundNode`): `expires` and `rotation` as a whole or not at all. */
export interface ApiKeyParts {
  readonly metadata?: {
    readonly name?: string | undefined;
    readonly previousNames?: readonly (string | undefined)[] | undefined;
  };
  readonly spec?: {
    readonly roles?: readonly (RoleSpec | undefined)[] | undefined;
    readonly expires?: ExpiresSpec | undefined;
    readonly rotation?: RotationSpec | undefined;
    readonly deliverTo?: readonly (SlotParts | undefined)[] | undefined;
    readonly adopt?: { readonly id?: string | undefined } | undefined;
  };
}

export interface SlotParts {
  readonly [field: string]: string | undefined;
}

export interface SecurityPolicyParts {
  readonly spec?: {
    readonly requireExpiration?: boolean | undefined;
    readonly maxLifetimeDays?: number | undefined;
    readonly allowedRoles?: readonly (RoleSpec | undefined)[] | undefined;
    readonly requireRotation?: boolean | undefined;
    readonly requireOwner?: boolean | undefined;
    readonly namePattern?: string | undefined;
  };
}

export interface SecretManifest {
  readonly spec: {
    readonly tag?: string;
    readonly displayName?: string;
    readonly valueFrom: { readonly sink: string; readonly [field: string]: string };
  };
}

export interface SecretParts {
  readonly spec?: {
    readonly tag?: string | undefined;
    readonly valueFrom?: SlotParts | undefined;
  };
}

export interface IpAllowlistParts {
  readonly spec?: {
    readonly entries?:
      | readonly (
          | { readonly address?: string | undefined; readonly description?: string | undefined }
          | undefined
        )[]
      | undefined;
  };
}

/** One manifest, its overlays merged into it. */
export interface ManifestDocument {
  readonly kind: ManifestKind;
  readonly name: string;
  /** False for one without a name, and for the second of one name: it is checked by itself alone. */
  readonly isIdentified: boolean;
  readonly layer: number;
  readonly isOverlaid: boolean;
  readonly node: SourceNode;
}

/** A document held against its schema. */
export interface ManifestEntry extends ManifestDocument {
  /** Its faulty parts have no value. */
  readonly node: SourceNode;
  readonly isSound: boolean;
  /** It may be a known one, misspelt or misplaced: then that one is not missing. */
  readonly hasUnknownField: boolean;
}

/** Something built from a manifest, with the manifest for pointing at. */
export interface Declared<T> {
  readonly value: T;
  readonly node: SourceNode;
}
