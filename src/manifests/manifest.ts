/** What the schemas accept, as types. */

import type { SourceNode } from "./source-node.ts";

export const API_VERSION = "keywright/v1";
export const MANIFEST_KINDS = ["ApiKey", "Role", "SecurityPolicy"] as const;
export type ManifestKind = (typeof MANIFEST_KINDS)[number];

export type RoleSpec = string | { readonly custom: string };

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
    readonly protected?: boolean;
    readonly deliverTo: readonly { readonly sink: string; readonly [field: string]: string }[];
  };
}

export interface RoleManifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly displayName?: string;
    readonly description?: string;
    readonly permissions: readonly string[];
  };
}

export interface SecurityPolicyManifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly requireExpiration?: boolean;
    readonly maxLifetimeDays?: number;
    readonly allowedRoles?: readonly RoleSpec[];
    readonly requireRotation?: boolean;
    readonly requireOwner?: boolean;
    readonly namePattern?: string;
  };
}

/** One manifest, its overlays merged into it. */
export interface ManifestEntry {
  readonly kind: ManifestKind;
  readonly name: string;
  readonly layer: number;
  readonly isOverlaid: boolean;
  readonly node: SourceNode;
}

/** Something built from a manifest, with the manifest for pointing at. */
export interface Declared<T> {
  readonly value: T;
  readonly node: SourceNode;
}
