import { breach, parseAnswer } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";
import { buildPullRequest, isPullOf, PULL_REQUEST, type PullRequest } from "./pull-request.ts";
import { type Repository, repositoryPath } from "./repository.ts";

/** GITHUB_FAILED where there is none of that number. */
export const readPull = (
  { client, name }: Repository,
  number: number,
  signal?: AbortSignal,
): Promise<PullRequest> =>
  askGitHub(
    { what: `read pull request ${number} of ${name}`, permission: "pull-requests: read" },
    async () => {
      const { request, response } = await client.read(`${repositoryPath(name)}/pulls/${number}`, signal);
      const answer = parseAnswer(PULL_REQUEST, response, request);
      if (answer.number !== number || !isPullOf(name, answer))
        throw breach(request, response.status, "is about another pull request");
      return buildPullRequest(answer);
    },
  );
