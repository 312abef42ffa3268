/**
 * A repository on our GitHub with pull requests, and the modes `plan` and `apply` run for it against a real key store: all
 * that lies between a pull request and its keys, but for the process.
 */

import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openWorld, type OpenedWorld } from "../../src/wire/open-world.ts";
import { createMovableClock } from "../contracts/store-contract.fixture.ts";
import type { Access, Right } from "../peers/github-accounts.fixture.ts";
import { type BareRepository, createBareRepository, type FileChanges } from "../peers/github-git.fixture.ts";
import type { HostedRepository } from "../peers/github-hosted.fixture.ts";
import { type GitHubServer, startGitHubServer } from "../peers/github-server.fixture.ts";
import { dispatchEvent, pullEvent, pushEvent, type StartingEvent } from "./events.fixture.ts";
import { sharedStore } from "./key-store.fixture.ts";
import {
  type ModeOptions,
  type ModeResult,
  type Place,
  projectAt,
  runMode,
  TOKENS,
} from "./mode-run.fixture.ts";

const configFor = (instance: string, url: string): string => `apiVersion: keywright/v1
kind: Config
instance: ${instance}
manifests: ["keys/**/*.yaml"]
store: { driver: keywright, url: "${url}", credential: { env: STORE_KEY } }
sinks: { local: { driver: file, directory: .keywright/secrets } }
ledger: { driver: file, directory: .keywright/ledger }
`;

export const aKey = (name: string, role = "READ_ONLY", description = "Reads"): FileChanges => ({
  [`keys/${name}.yaml`]: `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: ${name} }
spec:
  description: ${description}
  roles: [${role}]
  expires: { after: 90d }
  rotation: { at: 66%, overlap: 24h }
  deliverTo: [{ sink: local, path: ${name} }]
`,
});

export interface ApplyScene {
  readonly instance: string;
  /** Of `main`, as it was at first. */
  readonly config: string;
  readonly server: GitHubServer;
  readonly hosted: HostedRepository;
  readonly git: BareRepository;
  /** What the token of mode `apply` may do besides; undefined takes a permission away. */
  allow(rights: Readonly<Record<string, Right | undefined>>): void;
  /** Opens a pull request of these files; gives its number. */
  open(files: FileChanges, head?: string): number;
  /** Runs mode `plan` for its head. */
  plan(pull: number): Promise<ModeResult>;
  /** Runs mode `apply` for `main`, or for another commit or event. */
  apply(options?: ModeOptions): Promise<ModeResult>;
  /** With a plan, merged; gives the number. */
  merged(files: FileChanges, head?: string): Promise<number>;
  /** The names of keys that were delivered. */
  delivered(): Promise<readonly string[]>;
  /** Keeps the sink from taking anything, until what it gives is called. */
  block(): Promise<() => Promise<void>>;
  /** What the comments of a pull request say. */
  comments(pull: number): readonly string[];
  /** `success: …` */
  status(sha?: string): string | undefined;
  /** Opens what reconciling needs, at a commit; closed when the test is over. */
  world(ref?: string): Promise<OpenedWorld>;
}

const ALL: Readonly<Record<string, Right>> = {
  actions: "read",
  checks: "write",
  contents: "read",
  issues: "write",
  members: "read",
  pull_requests: "write",
  statuses: "write",
};

export interface SceneOptions {
  /** Added to the configuration. */
  readonly config?: string;
  /** Of the key store. Default: a real one. */
  readonly storeUrl?: string;
}

let instances = 0;

/** `main` has the key `first`, which nobody has applied. */
export async function anApplyScene(options: SceneOptions = {}): Promise<ApplyScene> {
  const store = await sharedStore();
  const instance = `acme-${(instances += 1)}`;
  const config = `${configFor(instance, options.storeUrl ?? store.url)}${options.config ?? ""}`;
  const git = createBareRepository({ "keywright.yaml": config, ...aKey("first") });
  const directory = git.path;
  onTestFinished(() => git.remove());
  const server = await startGitHubServer({ clock: createMovableClock() });
  onTestFinished(() => server.close());
  const hosted = server.host("acme/keys", { git: git.path, environments: ["production"] });
  server.accounts.tokens.set(TOKENS.plan, workflow(ALL));
  server.accounts.tokens.set(TOKENS.apply, workflow(ALL));
  const place: Place = { directory, url: server.url, env: { STORE_KEY: store.token } };
  const tip = (): string => git.tip("main") ?? "";
  const scene: ApplyScene = {
    instance,
    config,
    server,
    hosted,
    git,
    allow: (rights) => void server.accounts.tokens.set(TOKENS.apply, workflow({ ...ALL, ...rights })),
    open: (files, head = Object.keys(files).join().replace(/\W+/g, "-")) => {
      git.commit(head, files, { from: "main" });
      return hosted.pulls.open({ head });
    },
    plan: (pull) => {
      const { headSha } = hosted.pulls.get(pull);
      const about = { headSha, mergeSha: headSha, baseSha: tip(), number: pull };
      return runMode(place, "plan", { event: pullEvent(about) });
    },
    apply: (run = {}) => runMode(place, "apply", { event: pushEvent({ sha: tip() }), ...run }),
    merged: async (files, head) => {
      const pull = scene.open(files, head);
      await scene.plan(pull);
      hosted.pulls.merge(pull);
      return pull;
    },
    delivered: async () =>
      (await readdir(join(directory, ".keywright/secrets")).catch(() => [])).filter(isName).sort(),
    block: async () => {
      const place = join(directory, ".keywright/secrets");
      await mkdir(join(directory, ".keywright"), { recursive: true });
      await writeFile(place, "");
      return () => rm(place);
    },
    comments: (pull) => hosted.issues.comments(pull).map(({ body }) => body),
    status: (sha = tip()) => {
      const found = hosted.checks.status(sha, `keywright/apply (${instance})`);
      return found && `${found.state}: ${found.description}`;
    },
    world: async (ref = tip()) => {
      const opened = await openWorld(await projectAt(place, ref));
      onTestFinished(() => opened.close());
      return opened;
    },
  };
  return scene;
}

const isName = (file: string): boolean => !file.startsWith(".");

export const dispatch = (sha: string): StartingEvent => dispatchEvent({ sha });

const workflow = (rights: Readonly<Record<string, Right | undefined>>): Access => ({
  type: "workflow",
  permissions: Object.fromEntries(
    Object.entries(rights).flatMap(([name, right]) => (right === undefined ? [] : [[name, right]])),
  ),
});
