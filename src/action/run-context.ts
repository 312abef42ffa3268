/** What started a run of the Action: the runner's variables and the file of the event. All of it is input that is checked. */

import { readFile, stat } from "node:fs/promises";
import { KeywrightError } from "../core/error.ts";
import { field, isRecord, numberAt, recordAt, textAt } from "./payload.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface PullContext {
  readonly number: number;
  readonly headSha: string;
  readonly headRef: string;
  /** owner/name; absent: it was deleted. */
  readonly headRepository?: string;
  readonly baseRef: string;
  readonly baseSha: string;
  /** Whether its commits come from another repository, or from one that is gone. */
  readonly isFork: boolean;
  readonly isClosed: boolean;
}

export interface RunContext {
  /** The event's name, such as `pull_request`. */
  readonly event: string;
  /** owner/name. */
  readonly repository: string;
  /** The commit that the run is about; in a pull request GitHub's trial merge of it into its base. */
  readonly sha: string;
  /** In full: `refs/heads/main`, `refs/pull/7/merge`. */
  readonly ref: string;
  /** Where the repository is checked out; absolute. */
  readonly workspace: string;
  /** Of the runner; emptied after the job. */
  readonly temp: string;
  readonly apiUrl: string;
  readonly serverUrl: string;
  readonly runId: string;
  readonly runAttempt: number;
  /** Who started this attempt; when a run is started again, maybe another one than at first. */
  readonly actor: string;
  readonly defaultBranch: string;
  readonly pull?: PullContext;
}

/** GitHub delivers no event that is larger. */
const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;

/** Throws CONTEXT_INVALID, naming the variable or the field. */
export async function readRunContext(env: Environment): Promise<RunContext> {
  return buildRunContext(env, await readPayload(variable(env, "GITHUB_EVENT_PATH", /^/)));
}

/** `payload`: the event as GitHub sent it, parsed and not yet looked at. Throws CONTEXT_INVALID. */
export function buildRunContext(env: Environment, payload: unknown): RunContext {
  const event = variable(env, "GITHUB_EVENT_NAME", /^[a-z_]{1,64}$/);
  const repository = variable(env, "GITHUB_REPOSITORY", REPOSITORY);
  const ref = variable(env, "GITHUB_REF", REF);
  const workspace = variable(env, "GITHUB_WORKSPACE", ABSOLUTE);
  const pull = pullOf(payload, repository);
  return {
    event,
    repository,
    sha: variable(env, "GITHUB_SHA", COMMIT),
    ref,
    workspace,
    temp: variable(env, "RUNNER_TEMP", ABSOLUTE),
    apiUrl: variable(env, "GITHUB_API_URL", ADDRESS),
    serverUrl: variable(env, "GITHUB_SERVER_URL", ADDRESS),
    runId: variable(env, "GITHUB_RUN_ID", /^\d{1,20}$/),
    runAttempt: Number(variable(env, "GITHUB_RUN_ATTEMPT", /^\d{1,6}$/)),
    actor: variable(env, env["GITHUB_TRIGGERING_ACTOR"] ? "GITHUB_TRIGGERING_ACTOR" : "GITHUB_ACTOR", LOGIN),
    defaultBranch: defaultBranchOf(payload, event, ref),
    ...(pull && { pull }),
  };
}

/** The page of the run. */
export const runUrlOf = ({ serverUrl, repository, runId, runAttempt }: RunContext): string =>
  `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
const REF = /^refs\/[^\s~^:?*[\\\p{Cc}]{1,250}$/u;
const BRANCH = /^[^\s~^:?*[\\\p{Cc}]{1,250}$/u;
const LOGIN = /^[\w.[\]-]{1,100}$/;
const ABSOLUTE = /^(\/|[A-Za-z]:[\\/])[^\p{Cc}]{0,4000}$/u;
const ADDRESS = /^https?:\/\/[^\s\p{Cc}]{1,500}$/u;

function variable(env: Environment, name: string, shape: RegExp): string {
  const value = env[name] ?? "";
  if (value !== "" && shape.test(value)) return value;
  throw invalid(`the variable ${name} ${value === "" ? "is not set" : "is not what the runner sets it to"}`);
}

async function readPayload(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_PAYLOAD_BYTES) return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw invalid("the event in GITHUB_EVENT_PATH cannot be read as JSON", cause);
  }
  throw invalid("the event in GITHUB_EVENT_PATH is larger than 25 MiB");
}

/** Events of a schedule may come without a repository; they run on its default branch and nowhere else. */
function defaultBranchOf(payload: unknown, event: string, ref: string): string {
  const repository = recordAt(payload, "repository");
  if (repository) return textAt(repository, "default_branch", BRANCH, "repository.default_branch");
  if (event === "schedule" && ref.startsWith("refs/heads/")) return ref.slice("refs/heads/".length);
  throw invalid(`the event ${event} names no repository`);
}

function pullOf(payload: unknown, repository: string): PullContext | undefined {
  const pull = recordAt(payload, "pull_request");
  if (!pull) return undefined;
  const [head, base] = [recordAt(pull, "head"), recordAt(pull, "base")];
  const owner = field(head, "repo");
  const headRepository = isRecord(owner)
    ? textAt(owner, "full_name", REPOSITORY, "pull_request.head.repo.full_name")
    : undefined;
  return {
    number: numberAt(pull, "number", "pull_request.number"),
    headSha: textAt(head, "sha", COMMIT, "pull_request.head.sha"),
    headRef: textAt(head, "ref", BRANCH, "pull_request.head.ref"),
    ...(headRepository !== undefined && { headRepository }),
    baseRef: textAt(base, "ref", BRANCH, "pull_request.base.ref"),
    baseSha: textAt(base, "sha", COMMIT, "pull_request.base.sha"),
    isFork: headRepository?.toLowerCase() !== repository.toLowerCase(),
    isClosed: field(pull, "state") !== "open",
  };
}

const invalid = (message: string, cause?: unknown): KeywrightError =>
  new KeywrightError("CONTEXT_INVALID", message, {
    hint: "the Action is started by a GitHub Actions runner, which sets it; elsewhere use the command line",
    cause,
  });
