/** A repository on our GitHub, and what opens it, for the tests of this room. */

import { afterAll, onTestFinished } from "vitest";
import { createMovableClock, type MovableClock } from "../../test/contracts/store-contract.fixture.ts";
import type { Access } from "../../test/peers/github-accounts.fixture.ts";
import { type BareRepository, createBareRepository } from "../../test/peers/github-git.fixture.ts";
import type { HostedRepository, HostOptions } from "../../test/peers/github-hosted.fixture.ts";
import { type GitHubServer, startGitHubServer } from "../../test/peers/github-server.fixture.ts";
import { isKeywrightError, type KeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import { createRequestLimiter } from "../http/request-limiter.ts";
import { type OpenRepository, openRepository, type RepositoryOptions } from "./open-repository.ts";

export interface GitHubBench {
  readonly repository: OpenRepository;
  readonly server: GitHubServer;
  readonly hosted: HostedRepository;
  readonly clock: MovableClock;
  /** Method and path of what was asked, without its query, since the last time. */
  readonly asked: () => readonly string[];
}

/** As a workflow's GITHUB_TOKEN with all permissions. */
const WORKFLOW: Access = {
  type: "workflow",
  permissions: {
    actions: "read",
    checks: "write",
    contents: "read",
    issues: "write",
    pull_requests: "write",
    statuses: "write",
  },
};

let git: BareRepository | undefined;

/** One for all tests of a file: it takes long to make. `main` is there, and `feature` with one commit more. */
export function sharedGit(): BareRepository {
  if (git) return git;
  const made = createBareRepository({ "keys.yaml": "a: 1\n" });
  made.commit("feature", { "keys.yaml": "a: 2\n" }, { from: "main", message: "change a key" });
  git = made;
  return made;
}
afterAll(() => {
  git?.remove();
  git = undefined;
});

/** `git`: an own one, where branches are moved. */
export async function onGitHub(
  access: Partial<Access> = {},
  host: HostOptions = {},
  options: Partial<RepositoryOptions> = {},
): Promise<GitHubBench> {
  const clock = createMovableClock();
  const server = await startGitHubServer({ clock });
  const hosted = server.host("acme/keys", { git: sharedGit().path, ...host });
  server.accounts.tokens.set("ghs_test", { ...WORKFLOW, ...access });
  const repository = await openRepository({
    url: server.url,
    name: "acme/keys",
    auth: { type: "token", token: Secret.of("ghs_test") },
    clock,
    limiter: createRequestLimiter({ perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 }),
    pausesMs: [1, 1],
    ...options,
  });
  onTestFinished(async () => {
    await repository.close();
    await server.close();
  });
  let seen = 0;
  return {
    repository,
    server,
    hosted,
    clock,
    asked: () => {
      const from = seen;
      seen = server.requests.length;
      return server.requests.slice(from).map(({ method, path }) => `${method} ${path.replace(/\?.*$/, "")}`);
    },
  };
}

/** The error that `work` ends with. Throws where there is none. */
export async function faultOf(work: Promise<unknown>): Promise<KeywrightError> {
  try {
    await work;
  } catch (error) {
    if (isKeywrightError(error)) return error;
    throw error;
  }
  throw new Error("it went well");
}
