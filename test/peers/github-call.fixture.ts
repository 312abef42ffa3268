/** What our GitHub is asked, and how it answers. */

import type { Access, GitHubAccounts } from "./github-accounts.fixture.ts";
import type { Operation } from "./github-exchange.fixture.ts";
import type { HostedRepository } from "./github-hosted.fixture.ts";
import type { GitHubPeople } from "./github-people.fixture.ts";
import type { GitHubSecrets } from "./github-secrets.fixture.ts";

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call {
  readonly operation: Operation;
  /** Without the query, as it was sent. */
  readonly path: string;
  readonly method: string;
  readonly body: unknown;
  readonly access: Access;
  readonly accounts: GitHubAccounts;
  readonly secrets: GitHubSecrets;
  readonly people: GitHubPeople;
  /** By names in small letters. */
  readonly repositories: ReadonlyMap<string, HostedRepository>;
}

export const refusal = (status: number, message: string, headers: Answer["headers"] = {}): Answer => ({
  status,
  body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
  headers,
});
