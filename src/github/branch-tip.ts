import { breach, parseAnswer, type SchemaOf } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";
import { SHA } from "./pull-request.ts";
import { type Repository, repositoryPath } from "./repository.ts";

/** The commit that the branch is at now. GITHUB_FAILED where there is no such branch, or it goes by another name. */
export const branchTip = (
  { client, name }: Repository,
  branch: string,
  signal?: AbortSignal,
): Promise<string> =>
  askGitHub({ what: `read branch ${branch} of ${name}`, permission: "contents: read" }, async () => {
    const path = `${repositoryPath(name)}/branches/${encodeURIComponent(branch)}`;
    const { request, response } = await client.read(path, signal);
    const found = parseAnswer(BRANCH, response, request);
    if (found.name !== branch) throw breach(request, response.status, "is about another branch");
    return found.commit.sha;
  });

interface BranchAnswer {
  readonly name: string;
  readonly commit: { readonly sha: string };
}

const BRANCH: SchemaOf<BranchAnswer> = Object.freeze({
  type: "object",
  required: ["name", "commit"],
  properties: {
    name: { type: "string" },
    commit: { type: "object", required: ["sha"], properties: { sha: SHA } },
  },
});
