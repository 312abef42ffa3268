/** A repository with manifests, our GitHub and a key store over HTTP, for steps of workflows. */

import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { openTestServer, type TestServer } from "../../src/server/server.fixture.ts";
import { aRepository, type TestRepository } from "../../src/sources/repository.fixture.ts";
import type { Access } from "../peers/github-accounts.fixture.ts";
import type { HostedRepository } from "../peers/github-hosted.fixture.ts";
import { type GitHubServer, startGitHubServer } from "../peers/github-server.fixture.ts";
import { pullEvent, REPOSITORY, type StartingEvent } from "./events.fixture.ts";
import type { StepOptions } from "./runner.fixture.ts";

export const STORE_KEY = "KEYWRIGHT_STORE_KEY";
export const SINK_TOKEN = "github_pat_11AAAAAAA0cd4xq9RzT7bE";
export const JOB_TOKEN = "ghs_0cd4xq9RzT7bEjobtoken";

/** The GITHUB_TOKEN of a job whose workflow asks for what it needs. */
export const JOB_ACCESS: Access = {
  type: "workflow",
  permissions: {
    actions: "read",
    checks: "write",
    contents: "write",
    issues: "write",
    pull_requests: "write",
    statuses: "write",
  },
};

export interface Scene {
  /** Checked out; what GitHub has of it is the same repository. */
  readonly repository: TestRepository;
  readonly github: GitHubServer;
  readonly hosted: HostedRepository;
  readonly store: TestServer;
  readonly storeUrl: string;
  /** Method and path of what the store was asked. */
  readonly asked: readonly string[];
  /** What every step here has. */
  readonly step: Pick<StepOptions, "workspace" | "apiUrl" | "token" | "env">;
  /** Lets main be at what is in the work tree. */
  readonly commitMain: (files: Readonly<Record<string, string>>) => string;
  /** A pull request that changes these files; it can be pushed to. */
  readonly openPull: (files: Readonly<Record<string, string>>) => ScenePull;
  /** Throws where GitHub was asked for, or answered, what is not as described. */
  readonly close: () => Promise<void>;
}

export interface ScenePull {
  readonly number: number;
  readonly event: () => StartingEvent;
  readonly push: (files: Readonly<Record<string, string>>) => void;
}

/** To be closed when all tests that use it are over. */
export async function aScene(): Promise<Scene> {
  const [store, github] = await Promise.all([
    openTestServer(),
    startGitHubServer({ clock: { now: () => new Date() } }),
  ]);
  store.clock.advance(Date.now() - store.clock.now().getTime());
  const asked: string[] = [];
  store.app.server.on("request", ({ method, url }) => asked.push(`${method} ${url}`));
  await store.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = store.app.server.address() as AddressInfo;
  const storeUrl = `http://127.0.0.1:${port}`;
  const repository = aRepository();
  const git = join(repository.path, ".git");
  repository.write("keywright.yaml", configText(storeUrl, github.url, git));
  const hosted = github.host(REPOSITORY, { git });
  github.accounts.tokens.set(JOB_TOKEN, JOB_ACCESS);
  github.accounts.tokens.set(SINK_TOKEN, { type: "personal", permissions: { secrets: "write" } });
  const scene: Scene = {
    repository,
    github,
    hosted,
    store,
    storeUrl,
    asked,
    step: {
      workspace: repository.path,
      apiUrl: github.url,
      token: JOB_TOKEN,
      env: { [STORE_KEY]: store.admin.reveal(), SINK_TOKEN },
    },
    commitMain: (files) => commitMain(repository, files),
    openPull: (files) => openPull(repository, hosted, files),
    close: async () => {
      await github.close();
      await store.close();
      repository.remove();
    },
  };
  scene.commitMain({ "keys/reader.yaml": aKey("reader") });
  return scene;
}

function commitMain(repository: TestRepository, files: Readonly<Record<string, string>>): string {
  repository.git("checkout", "--quiet", "-B", "main");
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  const commit = repository.commit();
  repository.git("update-ref", "refs/remotes/origin/main", commit);
  return commit;
}

function openPull(
  repository: TestRepository,
  hosted: HostedRepository,
  files: Readonly<Record<string, string>>,
): ScenePull {
  const branch = `change-${hosted.pulls.all().length + 1}`;
  repository.git("checkout", "--quiet", "-B", branch, "main");
  const push = (changed: Readonly<Record<string, string>>): void => {
    repository.git("checkout", "--quiet", branch);
    for (const [path, text] of Object.entries(changed)) repository.write(path, text);
    repository.commit();
  };
  push(files);
  const number = hosted.pulls.open({ head: branch });
  const event = (): StartingEvent => {
    const { headSha } = hosted.pulls.get(number);
    const baseSha = repository.git("rev-parse", "main").trim();
    const tree = repository.git("rev-parse", `${headSha}^{tree}`).trim();
    const parents = ["-p", baseSha, "-p", headSha];
    const mergeSha = repository.git("commit-tree", ...parents, "-m", "Merge", tree).trim();
    return pullEvent({ mergeSha, headSha, baseSha, number, headRef: branch });
  };
  return { number, event, push };
}

const configText = (storeUrl: string, githubUrl: string, git: string): string => `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/**/*.yaml"]
store: { driver: keywright, url: "${storeUrl}", credential: { env: ${STORE_KEY} } }
sinks:
  github: { driver: github-actions, url: "${githubUrl}", credential: { env: SINK_TOKEN } }
ledger: { driver: git, remote: "${git}" }
`;

/** A key that goes to a secret of the repository. */
export const aKey = (name: string, over = "roles: [READ_ONLY]"): string => `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: ${name} }
spec:
  ${over}
  expires: { after: 90d }
  deliverTo: [{ sink: github, repository: ${REPOSITORY}, secret: ${name.toUpperCase().replaceAll("-", "_")} }]
`;
