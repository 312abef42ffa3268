/** What GitHub starts workflows with: the names of events, their payloads as far as they matter here, and what goes with them. */

export interface StartingEvent {
  readonly name: string;
  readonly payload: unknown;
  readonly sha: string;
  readonly ref: string;
}

export interface PullEventOptions {
  /** What GitHub would merge; the run is about it. */
  readonly mergeSha: string;
  readonly headSha: string;
  readonly baseSha: string;
  readonly number?: number;
  readonly headRef?: string;
  readonly baseRef?: string;
  /** Null: it was deleted. */
  readonly headRepository?: string | null;
  readonly isClosed?: boolean;
  readonly action?: string;
  /** Default: pull_request. */
  readonly event?: string;
}

export const REPOSITORY = "acme/keys";

const repository = { full_name: REPOSITORY, default_branch: "main" };

export function pullEvent(options: PullEventOptions): StartingEvent {
  const { number = 7, headRef = "change", baseRef = "main", headRepository = REPOSITORY } = options;
  const { event = "pull_request", action = "synchronize", isClosed = false } = options;
  const pull = {
    number,
    state: isClosed ? "closed" : "open",
    head: {
      sha: options.headSha,
      ref: headRef,
      repo: headRepository === null ? null : { full_name: headRepository },
    },
    base: { sha: options.baseSha, ref: baseRef, repo: repository },
  };
  const isTarget = event === "pull_request_target";
  return {
    name: event,
    payload: { action, number, pull_request: pull, repository },
    sha: isTarget ? options.baseSha : options.mergeSha,
    ref: isTarget ? `refs/heads/${baseRef}` : `refs/pull/${number}/merge`,
  };
}

export interface BranchEventOptions {
  readonly sha: string;
  readonly branch?: string;
  readonly before?: string;
}

export const pushEvent = ({
  sha,
  branch = "main",
  before = "0".repeat(40),
}: BranchEventOptions): StartingEvent => ({
  name: "push",
  payload: { ref: `refs/heads/${branch}`, before, after: sha, repository },
  sha,
  ref: `refs/heads/${branch}`,
});

/** GitHub sends it without a repository. */
export const scheduleEvent = ({ sha }: BranchEventOptions): StartingEvent => ({
  name: "schedule",
  payload: { schedule: "17 * * * *" },
  sha,
  ref: "refs/heads/main",
});

export const dispatchEvent = ({ sha, branch = "main" }: BranchEventOptions): StartingEvent => ({
  name: "workflow_dispatch",
  payload: { inputs: {}, ref: `refs/heads/${branch}`, repository },
  sha,
  ref: `refs/heads/${branch}`,
});
