import { askGitHub } from "./ask-github.ts";
import { clipText } from "./clip-text.ts";
import { type Repository, repositoryPath } from "./repository.ts";

const MOST_DESCRIPTION = 140;

export interface CommitStatus {
  readonly sha: string;
  /** Which status of the commit; a later one of the same context takes its place. */
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  /** Cut at 140 characters. */
  readonly description: string;
  readonly targetUrl?: string | undefined;
}

export const setCommitStatus = (
  { client, name }: Repository,
  { sha, context, state, description, targetUrl }: CommitStatus,
  signal?: AbortSignal,
): Promise<void> =>
  askGitHub(
    { what: `set the status of commit ${sha} of ${name}`, permission: "statuses: write" },
    async () => {
      const path = `${repositoryPath(name)}/statuses/${encodeURIComponent(sha)}`;
      const body = {
        state,
        context,
        description: clipText(description, MOST_DESCRIPTION),
        ...(targetUrl !== undefined && { target_url: targetUrl }),
      };
      // Sent twice it says the same, so it may be tried again like a reading.
      await client.read({ method: "POST", path, body }, signal);
    },
  );
