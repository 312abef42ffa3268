import type { Clock } from "../../core/ports.ts";
import type { GitHubClient } from "../../http/github/github-client.ts";
import type { PublicKeys } from "./public-keys.ts";
import type { Repositories } from "./repositories.ts";
import type { Visibility } from "./visibility.ts";

/** What one `github-actions` sink works with. */
export interface GitHubWorld {
  readonly github: GitHubClient;
  readonly clock: Clock;
  readonly publicKeys: PublicKeys;
  readonly repositories: Repositories;
  readonly visibility: Visibility;
  readonly pause: (ms: number) => Promise<void>;
  /** Between the tries of a write whose outcome is unknown, and of seeing one. */
  readonly pausesMs: readonly number[];
}
