/** `keywright.yaml` as the rest of the program sees it: complete, with absolute paths. */

import type { Limits } from "../core/guard.ts";
import type { Position } from "../core/issue.ts";
import type { BuildContext } from "../manifests/build-context.ts";

/** Where a credential is read from, and the line that says so. */
export type CredentialRef =
  | { readonly type: "env"; readonly variable: string; readonly at: Position }
  /** An absolute path. */
  | { readonly type: "file"; readonly path: string; readonly at: Position };

export type StoreConfig =
  | { readonly driver: "embedded"; readonly directory: string; readonly pepperFile?: string }
  | { readonly driver: "keywright" | "cortex"; readonly url: string; readonly credential: CredentialRef };

export interface FileSinkConfig {
  readonly driver: "file";
  readonly directory: string;
  readonly format: "raw" | "dotenv" | "json";
  readonly recipients?: readonly string[];
  readonly identityFile?: string;
  /** Globs: the only paths that manifests may use; absent: all. */
  readonly paths?: readonly string[];
}

export type SinkConfig = FileSinkConfig;

export type LedgerConfig =
  | { readonly driver: "file"; readonly directory: string }
  /** `remote`: a path, an address, or a remote's name in the repository at `repository`. */
  | {
      readonly driver: "git";
      readonly remote: string;
      readonly repository: string;
      readonly branch: string;
    }
  | { readonly driver: "postgres"; readonly url: CredentialRef };

/** When whatever runs `apply` does so, and the line that says so. */
export interface DriftConfig {
  /** A cron expression of five fields. */
  readonly schedule: string;
  /** An IANA name. */
  readonly timeZone: string;
  readonly at: Position;
}

export interface Config {
  readonly instance: string;
  /** Globs, relative to the root of the manifests' source. */
  readonly manifests: readonly string[];
  readonly store: StoreConfig;
  readonly sinks: ReadonlyMap<string, SinkConfig>;
  readonly ledger: LedgerConfig;
  readonly guards: Omit<Limits, "allowed">;
  readonly defaults: BuildContext["defaults"];
  /** Absent: nobody said. */
  readonly drift?: DriftConfig;
  /** Absent: what the store bears. */
  readonly concurrency?: number;
}
