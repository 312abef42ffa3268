/** What the schema of `keywright.yaml` accepts, as types. */

import type { ApprovalRule } from "../core/approval/approval.ts";
import type { DriftResponse } from "../core/drift/finding.ts";
import type { NoticeEvent } from "../core/notification.ts";
import type { ExpiresSpec, RotationSpec } from "../manifests/manifest.ts";
import type {
  CortexSecretSinkConfig,
  FileSinkConfig,
  GitHubActionsSinkConfig,
  GitHubConfig,
  VaultSinkConfig,
} from "./config.ts";

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
    readonly ownAddress?: readonly string[];
  };
  readonly defaults?: { readonly rotation?: RotationSpec; readonly expires?: ExpiresSpec };
  readonly drift?: DriftSpec;
  readonly notify?: readonly NoticeSpec[];
  readonly production?: boolean;
  readonly approvals?: readonly ApprovalRule[];
  readonly github?: GitHubSpec;
  readonly concurrency?: number;
}

/** At most one of `credential` and `app`. */
export type GitHubSpec = Partial<Omit<GitHubConfig, "auth">> & {
  readonly credential?: CredentialSpec;
  readonly app?: GitHubAppSpec;
};

/** `timezone` and `jitter` only beside `schedule`. */
export interface DriftSpec {
  readonly schedule?: string;
  readonly timezone?: string;
  readonly jitter?: string;
  readonly onMissing?: DriftResponse;
  readonly onExpired?: DriftResponse;
  readonly onAltered?: DriftResponse;
  readonly onSinkStale?: DriftResponse;
  readonly onOrphan?: DriftResponse;
  readonly onForeign?: DriftResponse;
  readonly onNotCompliant?: DriftResponse;
  readonly onUnappliedCommit?: DriftResponse;
  readonly onSchedulerSilent?: DriftResponse;
}

export type StoreSpec =
  | { readonly driver: "embedded"; readonly directory?: string; readonly pepperFile?: string }
  | { readonly driver: "keywright"; readonly url: string; readonly credential: CredentialSpec }
  | { readonly driver: "cortex"; readonly url?: string; readonly credential: CredentialSpec }
  | {
      readonly driver: "cortex-cloud";
      readonly url: string;
      readonly credential: CredentialSpec;
      readonly keyId?: number;
      readonly securityLevel?: "standard" | "advanced";
    };

export type CredentialSpec = { readonly env: string } | { readonly file: string };

export type FileSinkSpec = Omit<FileSinkConfig, "format"> & Partial<Pick<FileSinkConfig, "format">>;

export type SinkSpec =
  | FileSinkSpec
  | (Omit<CortexSecretSinkConfig, "credential"> & { readonly credential: CredentialSpec })
  | VaultSinkSpec
  | GitHubActionsSinkSpec;

/** Either `credential` or `app`. */
export type GitHubActionsSinkSpec = Omit<GitHubActionsSinkConfig, "auth"> & {
  readonly credential?: CredentialSpec;
  readonly app?: GitHubAppSpec;
};

export interface GitHubAppSpec {
  readonly id: number | string;
  readonly installationId?: number;
  readonly privateKey: CredentialSpec;
}

export type VaultSinkSpec = Omit<VaultSinkConfig, "auth" | "mount"> & {
  readonly mount?: string;
  readonly auth: VaultAuthSpec;
};

export type VaultAuthSpec =
  | { readonly token: CredentialSpec }
  | {
      readonly appRole: {
        readonly roleId: string;
        readonly secretId: CredentialSpec;
        readonly mount?: string;
      };
    }
  | { readonly jwt: VaultJwtSpec };

export type VaultJwtSpec = { readonly role: string; readonly mount?: string } & (
  | { readonly token: CredentialSpec }
  | { readonly githubActions: { readonly audience: string } }
);

interface NoticeSpecBase {
  readonly name?: string;
  readonly events?: readonly NoticeEvent[];
}

export type NoticeSpec = NoticeSpecBase &
  (
    | { readonly driver: "slack"; readonly webhook: CredentialSpec }
    | { readonly driver: "webhook"; readonly url: string | CredentialSpec; readonly secret: CredentialSpec }
    | {
        readonly driver: "email";
        readonly smtp: CredentialSpec;
        readonly from: string;
        readonly to: readonly string[];
      }
    | GitHubIssueSpec
  );

/** Either `credential` or `app`. */
export interface GitHubIssueSpec {
  readonly driver: "github-issue";
  readonly repository: string;
  readonly url?: string;
  readonly credential?: CredentialSpec;
  readonly app?: GitHubAppSpec;
  readonly labels?: readonly string[];
}

export type LedgerSpec =
  | { readonly driver: "file"; readonly directory?: string }
  | { readonly driver: "git"; readonly remote?: string; readonly branch?: string }
  | { readonly driver: "postgres"; readonly url: CredentialSpec };
