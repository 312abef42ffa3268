/**
 * A repository made of `examples/github-action` on our GitHub, with a key store that is a process of its own, and a Vault:
 * people push to it, and the jobs of its workflows run, each with a token of its own that may do what the workflow says.
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { pullEvent, REPOSITORY, type StartingEvent } from "../action/events.fixture.ts";
import { type ProcessOptions, runStep, type StepResult } from "../action/runner.fixture.ts";
import type { FileChanges } from "../peers/github-git.fixture.ts";
import type { VaultServer } from "../peers/vault-server.fixture.ts";
import { checkOut, trialMerge } from "./checkout.fixture.ts";
import { type ExampleHub, openExampleHub, SINK_READER, SINK_TOKEN } from "./example-hub.fixture.ts";
import { exampleFile, exampleJob, type Expressions, type JobName } from "./example-job.fixture.ts";
import { type ExampleVault, openExampleVault } from "./example-vault.fixture.ts";
import { type KeyStoreProcess, openKeyStore } from "./key-store-process.fixture.ts";
import { openWatch, type SecretWatch } from "./secret-watch.fixture.ts";

export interface PullRequestScene extends Pick<ExampleHub, "git" | "github" | "hosted"> {
  readonly store: KeyStoreProcess;
  readonly vault: VaultServer;
  readonly watch: SecretWatch;
  /** Of the configuration in `main`. */
  readonly config: string;
  /** The directory for temporary files of all jobs. */
  readonly scratch: string;
  /** As the event of a pull request, with GitHub's trial merge of it as it is now. */
  event(number: number, action?: string): StartingEvent;
  /** Runs the step of an example job. `inputs` and `env` come to what the workflow has. */
  runJob(name: JobName, event: StartingEvent, options?: JobOptions): Promise<StepResult>;
  /** Every key in a slot, by the name of its secret or its path; what is pending, too. */
  delivered(): ReadonlyMap<string, string>;
  /** Lets the clocks of GitHub and Vault go on: the next write falls into another second. */
  later(): void;
}

export interface JobOptions extends Partial<Pick<ProcessOptions, "inputs" | "env" | "onStart">> {
  /** Whether the run gets the repository's secrets, which those of forks do not. Default: it does. */
  readonly hasSecrets?: boolean;
}

/** Everything is gone when the test is over. `change` is made to the example's configuration. */
export async function aPullRequestScene(
  files: FileChanges,
  change: (config: string) => string = (config) => config,
): Promise<PullRequestScene> {
  const root = mkdtempSync(join(tmpdir(), "keywright-pull-"));
  const scratch = join(root, "tmp");
  mkdirSync(scratch);
  let aheadMs = 0;
  const now = (): Date => new Date(Date.now() + aheadMs);
  const watch = openWatch();
  const store = await openKeyStore(watch);
  const vault = await openExampleVault(now);
  let config = "";
  const hub = await openExampleHub(now, root, (url) => {
    config = change(configOf({ store: store.url, vault: vault.vault.url, github: url }));
    return { "keywright.yaml": config, ...files };
  });
  onTestFinished(async () => {
    rmSync(root, { recursive: true, force: true });
    await hub.close();
    await vault.close();
  });
  const jobs: Jobs = { hub, vault, watch, root, scratch, secrets: await secretsOf(store), runs: 0 };
  const { git, github, hosted } = hub;
  return {
    git,
    github,
    hosted,
    store,
    vault: vault.vault,
    watch,
    config,
    scratch,
    event: (number, action = "synchronize") => eventOf(hub, number, action),
    runJob: (name, event, options = {}) => runJob(jobs, name, event, options),
    delivered: () => new Map([...vault.values(), ...hub.values()]),
    later: () => void (aheadMs += 60_000),
  };
}

const configOf = (urls: Readonly<Record<"store" | "vault" | "github", string>>): string =>
  exampleFile("keywright.yaml")
    .replace("https://keys.acme.example", urls.store)
    .replaceAll("https://vault.acme.example", urls.vault)
    .replace("driver: github-actions", `driver: github-actions\n    url: ${urls.github}`);

const secretsOf = async (store: KeyStoreProcess): Promise<Expressions> => ({
  "secrets.KEYWRIGHT_STORE_KEY": store.token,
  "secrets.KEYWRIGHT_STORE_READ_KEY": await store.makeReader(),
  "secrets.KEYWRIGHT_GITHUB_TOKEN": SINK_TOKEN,
  "secrets.KEYWRIGHT_GITHUB_READ_TOKEN": SINK_READER,
});

function eventOf({ git, hosted }: ExampleHub, number: number, action: string): StartingEvent {
  const { headSha, head, headRepository } = hosted.pulls.get(number);
  const baseSha = git.tip("main") ?? "";
  const mergeSha = trialMerge(git, number, baseSha, headSha);
  return pullEvent({ number, action, headSha, headRef: head, headRepository, baseSha, mergeSha });
}

interface Jobs {
  readonly hub: ExampleHub;
  readonly vault: ExampleVault;
  readonly watch: SecretWatch;
  readonly root: string;
  readonly scratch: string;
  readonly secrets: Expressions;
  runs: number;
}

/** Of a run that a fork has started. */
const READ_ONLY = { contents: "read" } as const;

async function runJob(
  jobs: Jobs,
  name: JobName,
  event: StartingEvent,
  { hasSecrets = true, inputs, env, ...options }: JobOptions,
): Promise<StepResult> {
  const { hub, vault, root, scratch, secrets } = jobs;
  const job = exampleJob(name, hasSecrets ? secrets : {});
  const token = hub.issueToken(name, hasSecrets ? job.permissions : READ_ONLY);
  const workspace = checkOut(hub.git, event, `${hub.serverUrl}/${REPOSITORY}`, root);
  const places = { TMPDIR: scratch, GITHUB_SERVER_URL: hub.serverUrl };
  const proof = hasSecrets && job.hasIdToken ? vault.env : {};
  const result = await runStep({
    ...options,
    runId: String(9000 + (jobs.runs += 1)),
    event,
    workspace,
    apiUrl: hub.github.url,
    token,
    inputs: { ...job.inputs, ...inputs },
    env: { ...places, ...job.env, ...proof, ...env },
  });
  look(jobs, token, result, workspace);
  return result;
}

/** All that is secret by now, and all that was printed and left behind. */
function look({ hub, vault, watch, scratch }: Jobs, token: string, result: StepResult, workspace: string) {
  const login = Buffer.from(`x-access-token:${token}`).toString("base64");
  const values = [...vault.values(), ...hub.values()].map(([, value]) => value);
  watch.secrets(SINK_TOKEN, SINK_READER, token, login, ...vault.secrets(), ...values);
  watch.step(result);
  watch.directory(workspace);
  watch.directory(scratch);
  watch.gitHub(hub.hosted, hub.github);
  watch.repository(hub.git);
}
