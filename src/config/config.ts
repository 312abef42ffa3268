/** `keywright.yaml` as the rest of the program sees it: complete, with absolute paths. */

import type { ApprovalRule } from "../core/approval/approval.ts";
import type { DriftPolicy } from "../core/drift/finding.ts";
import type { Limits } from "../core/guard.ts";
import type { Position } from "../core/issue.ts";
import type { NoticeEvent } from "../core/notification.ts";
import type { BuildContext } from "../manifests/build-context.ts";

/** Where a credential is read from, and the line that says so. */
export type CredentialRef =
  | { readonly type: "env"; readonly variable: string; readonly at: Position }
  /** An absolute path. */
  | { readonly type: "file"; readonly path: string; readonly at: Position };

export type StoreConfig =
  | { readonly driver: "embedded"; readonly directory: string; readonly pepperFile?: string }
  | { readonly driver: "keywright" | "cortex"; readonly url: string; readonly credential: CredentialRef }
  | {
      readonly driver: "cortex-cloud";
      /** As `tenantUrl` makes it. */
      readonly url: string;
      readonly credential: CredentialRef;
      /** Absent: the credential begins with it. */
      readonly keyId?: number;
      /** Of that key. */
      readonly securityLevel: "standard" | "advanced";
    };

export interface FileSinkConfig {
  readonly driver: "file";
  readonly directory: string;
  readonly format: "raw" | "dotenv" | "json";
  readonly recipients?: readonly string[];
  readonly identityFile?: string;
  /** Globs: the only paths that manifests may use; absent: all. */
  readonly paths?: readonly string[];
}

export interface CortexSecretSinkConfig {
  readonly driver: "cortex-secret";
  /** Default: Cortex's own host. */
  readonly url?: string;
  readonly credential: CredentialRef;
  /** Globs: the only tags that manifests may use; absent: all. */
  readonly tags?: readonly string[];
}

/** How the sink gets a token. `mount`: of the auth method, below `auth/`. */
export type VaultAuth =
  | { readonly method: "token"; readonly token: CredentialRef }
  | {
      readonly method: "appRole";
      readonly mount: string;
      readonly roleId: string;
      readonly secretId: CredentialRef;
    }
  | { readonly method: "jwt"; readonly mount: string; readonly role: string; readonly token: CredentialRef }
  /** A JWT that GitHub Actions makes for the job, for this audience. */
  | {
      readonly method: "githubActions";
      readonly mount: string;
      readonly role: string;
      readonly audience: string;
    };

export interface VaultSinkConfig {
  readonly driver: "vault";
  readonly address: string;
  /** Of the KV engine. */
  readonly mount: string;
  readonly namespace?: string;
  readonly auth: VaultAuth;
  /** Globs: the only paths that manifests may use; absent: all. */
  readonly paths?: readonly string[];
}

export type GitHubAuthConfig =
  | { readonly type: "token"; readonly token: CredentialRef }
  | {
      readonly type: "app";
      readonly id: string;
      readonly installationId?: string;
      readonly privateKey: CredentialRef;
    };

export interface GitHubActionsSinkConfig {
  readonly driver: "github-actions";
  /** Default: github.com's. */
  readonly url?: string;
  readonly auth: GitHubAuthConfig;
  /** Globs: the only repositories that manifests may use. */
  readonly repositories?: readonly string[];
  /** The same for organisations. Where one of the two is named and the other is not, that has none; neither: all. */
  readonly organizations?: readonly string[];
  /** Of secrets of organisations. */
  readonly visibility?: "private" | "all" | "selected";
  /** owner/name each; with the visibility `selected` and no other. */
  readonly selectedRepositories?: readonly string[];
}

export type SinkConfig = FileSinkConfig | CortexSecretSinkConfig | VaultSinkConfig | GitHubActionsSinkConfig;

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

interface NoticeConfigBase {
  /** Unique. */
  readonly name: string;
  readonly events: readonly NoticeEvent[];
}

export interface SlackNoticeConfig extends NoticeConfigBase {
  readonly driver: "slack";
  readonly webhook: CredentialRef;
}

export interface WebhookNoticeConfig extends NoticeConfigBase {
  readonly driver: "webhook";
  /** An address, or where it is read from. */
  readonly url: string | CredentialRef;
  readonly secret: CredentialRef;
}

export interface EmailNoticeConfig extends NoticeConfigBase {
  readonly driver: "email";
  readonly smtp: CredentialRef;
  readonly from: string;
  readonly to: readonly string[];
}

/** One issue that shows what stands. */
export interface GitHubIssueNoticeConfig extends NoticeConfigBase {
  readonly driver: "github-issue";
  /** owner/name */
  readonly repository: string;
  /** Of the API. Default: github.com's. */
  readonly url?: string;
  readonly auth: GitHubAuthConfig;
  /** Of the issue, when it is made. */
  readonly labels: readonly string[];
}

export type NoticeConfig =
  | SlackNoticeConfig
  | WebhookNoticeConfig
  | EmailNoticeConfig
  | GitHubIssueNoticeConfig;

/** When whatever runs `apply` or `drift --fix` does so, and the line that says so. */
export interface DriftConfig {
  /** A cron expression of five fields. */
  readonly schedule: string;
  /** An IANA name. */
  readonly timezone: string;
  /** The most that a daemon waits after a firing; absent: a tenth of the pause, and at most a minute. */
  readonly jitterMs?: number;
  readonly at: Position;
}

/** The repository whose pull requests bring the manifests. */
export interface GitHubConfig {
  /** owner/name. Default: the one that the run is in. */
  readonly repository?: string;
  /** The protected branch. Default: the repository's default branch. */
  readonly branch?: string;
  /** Of the API. Default: the run's, or github.com's. */
  readonly url?: string;
  /** Whether an apply after a merge demands that a pull request showed what it does. */
  readonly review: "required" | "optional";
  /** The slug of the App whose check runs count as ours. */
  readonly checksBy: string;
  /** Default: the token of the run. */
  readonly auth?: GitHubAuthConfig;
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
  readonly driftPolicy: DriftPolicy;
  /** Besides the log. */
  readonly notify: readonly NoticeConfig[];
  readonly github?: GitHubConfig;
  /** Empty: no change needs anybody's approval. */
  readonly approvals: readonly ApprovalRule[];
  /** Whether consumers that matter use the keys of this instance. */
  readonly production: boolean;
  /** Absent: what the store bears. */
  readonly concurrency?: number;
}
