/** What the schema of `keywright.yaml` accepts, as types. */

import type { ExpiresSpec, RotationSpec } from "../manifests/manifest.ts";
import type { FileSinkConfig } from "./config.ts";

export interface ConfigFile {
  readonly instance: string;
  readonly manifests: readonly string[];
  readonly store: StoreSpec;
  readonly sinks: Readonly<Record<string, SinkSpec>>;
  readonly ledger?: LedgerSpec;
  readonly guards?: {
    readonly maxRevocations?: number;
    readonly maxRevocationsPercent?: number;
    readonly protectedKeys?: readonly string[];
    readonly ownKey?: { readonly id: string };
  };
  readonly defaults?: { readonly rotation?: RotationSpec; readonly expires?: ExpiresSpec };
  readonly drift?: { readonly schedule: string; readonly timeZone?: string };
  readonly concurrency?: number;
}

export type StoreSpec =
  | { readonly driver: "embedded"; readonly directory?: string; readonly pepperFile?: string }
  | { readonly driver: "keywright"; readonly url: string; readonly credential: CredentialSpec }
  | { readonly driver: "cortex"; readonly url?: string; readonly credential: CredentialSpec };

export type CredentialSpec = { readonly env: string } | { readonly file: string };

export type SinkSpec = Omit<FileSinkConfig, "format"> & Partial<Pick<FileSinkConfig, "format">>;

export type LedgerSpec =
  | { readonly driver: "file"; readonly directory?: string }
  | { readonly driver: "git"; readonly remote?: string; readonly branch?: string }
  | { readonly driver: "postgres"; readonly url: CredentialSpec };
