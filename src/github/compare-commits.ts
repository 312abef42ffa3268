import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";
import { SHA } from "./pull-request.ts";
import { type Repository, repositoryPath } from "./repository.ts";

const PER_PAGE = 100;
const MOST = 250;

export interface Comparison {
  /** Of the head, seen from the base. */
  readonly status: "ahead" | "behind" | "identical" | "diverged";
  /** What the head has and the base has not, oldest first; at most 250. */
  readonly shas: readonly string[];
  /** How many of those there are. */
  readonly total: number;
}

/** `base` and `head`: commits or branches. GITHUB_FAILED where one of them is not there, or they have no past in common. */
export const compareCommits = (
  repository: Repository,
  base: string,
  head: string,
  signal?: AbortSignal,
): Promise<Comparison> =>
  askGitHub(
    { what: `compare ${base} with ${head} in ${repository.name}`, permission: "contents: read" },
    () => compare(repository, [base, head], signal),
  );

async function compare(
  { client, name }: Repository,
  ends: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Comparison> {
  const path = `${repositoryPath(name)}/compare/${ends.map(encodeURIComponent).join("...")}`;
  const shas: string[] = [];
  for (let page = 1; ; page += 1) {
    const { request, response } = await client.read(`${path}?per_page=${PER_PAGE}&page=${page}`, signal);
    const { status, commits, total_commits: total } = parseAnswer(COMPARISON, response, request);
    shas.push(...commits.map(({ sha }) => sha));
    const isOver = shas.length >= Math.min(total, MOST) || commits.length === 0;
    if (isOver) return { status, shas: shas.slice(0, MOST), total };
  }
}

interface ComparisonAnswer {
  readonly status: Comparison["status"];
  readonly total_commits: number;
  readonly commits: readonly { readonly sha: string }[];
}

const COMPARISON: SchemaOf<ComparisonAnswer> = Object.freeze({
  type: "object",
  required: ["status", "total_commits", "commits"],
  properties: {
    status: { enum: ["ahead", "behind", "identical", "diverged"] },
    total_commits: { type: "integer", minimum: 0 },
    commits: {
      type: "array",
      items: { type: "object", required: ["sha"], properties: { sha: SHA } },
    },
  },
});
