import type { SchemaOf } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";
import {
  buildPullRequest,
  isPullOf,
  PULL_REQUEST,
  type PullAnswer,
  type PullRequest,
} from "./pull-request.ts";
import { readPages } from "./read-pages.ts";
import { type Repository, repositoryPath } from "./repository.ts";

/** The pull requests to this repository that brought the commit `sha`, or would: of a commit on its default branch the merged ones. */
export const pullsOf = (
  { client, name }: Repository,
  sha: string,
  signal?: AbortSignal,
): Promise<readonly PullRequest[]> =>
  askGitHub(
    { what: `look which pull requests brought commit ${sha} of ${name}`, permission: "pull-requests: read" },
    async () => {
      const path = `${repositoryPath(name)}/commits/${encodeURIComponent(sha)}/pulls`;
      const listing = { path, schema: PULLS, itemsOf: (page: readonly PullAnswer[]) => page };
      const found = await readPages(client, { ...listing, what: "pull requests of one commit" }, signal);
      return found.filter((each) => isPullOf(name, each)).map(buildPullRequest);
    },
  );

const PULLS: SchemaOf<readonly PullAnswer[]> = Object.freeze({ type: "array", items: PULL_REQUEST });
