/** Our GitHub with the repository of the example on it, and Git over http for the jobs of its workflows. */

import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { startGitServer } from "../../src/git/git-server.fixture.ts";
import { REPOSITORY } from "../action/events.fixture.ts";
import type { Right } from "../peers/github-accounts.fixture.ts";
import { type BareRepository, createBareRepository, type FileChanges } from "../peers/github-git.fixture.ts";
import type { HostedRepository } from "../peers/github-hosted.fixture.ts";
import { type GitHubServer, startGitHubServer } from "../peers/github-server.fixture.ts";

/** Who may write the secrets of the consuming repository, and who may only look. */
export const [SINK_TOKEN, SINK_READER] = [
  "github_pat_11WRITER00d4xq9RzT7bE",
  "github_pat_11READER00k2vm8WpY5cN",
] as const;

const PEOPLE = { "octo-cat": "admin", ann: "write", bob: "write" } as const;
const CONSUMER = "acme/scanner";

export interface ExampleHub {
  readonly github: GitHubServer;
  readonly hosted: HostedRepository;
  readonly git: BareRepository;
  /** GITHUB_SERVER_URL, where its repositories are found. */
  readonly serverUrl: string;
  /** Of a job; never the same twice. */
  issueToken(name: string, permissions: Readonly<Record<string, Right>>): string;
  /** What the consuming repository holds, by the name of its secret. */
  values(): readonly (readonly [string, string])[];
  close(): Promise<void>;
}

/** `files` are made with GitHub's address. Uses `root` for what it writes. */
export async function openExampleHub(
  now: () => Date,
  root: string,
  files: (url: string) => FileChanges,
): Promise<ExampleHub> {
  const github = await startGitHubServer({ clock: { now } });
  const git = createBareRepository(files(github.url));
  const hosted = github.host(REPOSITORY, { git: git.path, collaborators: PEOPLE });
  const { accounts, secrets } = github;
  accounts.addRepository(CONSUMER);
  accounts.tokens.set(SINK_TOKEN, { type: "personal", permissions: { secrets: "write" } });
  accounts.tokens.set(SINK_READER, { type: "personal", permissions: { secrets: "read" } });
  const gitServer = await serveGit(git, github, join(root, "git"));
  let tokens = 0;
  return {
    github,
    hosted,
    git,
    serverUrl: gitServer.url,
    issueToken: (name, permissions) => {
      const token = `ghs_${name}0x7Kq2mVb9Rt${String((tokens += 1)).padStart(4, "0")}`;
      accounts.tokens.set(token, { type: "workflow", permissions, repositories: [REPOSITORY] });
      return token;
    },
    values: () => {
      const found = secrets.find(`/repos/${CONSUMER}/actions/secrets`, "SCANNER_TOKEN");
      return found ? [["SCANNER_TOKEN", found.value]] : [];
    },
    close: async () => {
      await gitServer.close();
      git.remove();
      await github.close();
    },
  };
}

/** To the tokens of jobs alone, and to be written to by those that may. */
function serveGit(git: BareRepository, { accounts }: GitHubServer, root: string) {
  for (const setting of ["http.receivepack", "uploadpack.allowAnySHA1InWant"])
    git.git("config", setting, "true");
  const place = join(root, REPOSITORY);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(git.path, place);
  return startGitServer(root, (credential, request) => {
    const [user, token = ""] = Buffer.from(credential, "base64").toString().split(":");
    const right = accounts.accessOf(token)?.permissions["contents"];
    if (user !== "x-access-token" || right === undefined) return false;
    return right === "write" || !request.includes("git-receive-pack");
  });
}
