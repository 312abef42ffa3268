import type { SchemaOf } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";
import { readPages } from "./read-pages.ts";
import { type Repository, repositoryPath } from "./repository.ts";

export interface CheckRun {
  readonly id: number;
  readonly externalId: string | undefined;
  /** Of the App whose token made it, which GitHub tells and nobody can claim. */
  readonly appSlug: string | undefined;
  /** Absent: it is not completed. */
  readonly conclusion: string | undefined;
  readonly title: string | undefined;
  readonly summary: string | undefined;
  readonly text: string | undefined;
  /** RFC 3339. */
  readonly completedAt: string | undefined;
}

/** All of that name at the commit, not only the latest: latest first. */
export const checkRunsOf = (
  { client, name: repository }: Repository,
  sha: string,
  name: string,
  signal?: AbortSignal,
): Promise<readonly CheckRun[]> =>
  askGitHub(
    { what: `read the checks of commit ${sha} of ${repository}`, permission: "checks: read" },
    async () => {
      const at = `${repositoryPath(repository)}/commits/${encodeURIComponent(sha)}/check-runs`;
      const path = `${at}?check_name=${encodeURIComponent(name)}&filter=all`;
      const listing = { path, schema: CHECK_RUNS, itemsOf: (page: ChecksAnswer) => page.check_runs };
      const found = await readPages(client, { ...listing, what: "check runs of one commit" }, signal);
      return found
        .filter((each) => each.name === name && each.head_sha === sha)
        .map(buildCheckRun)
        .sort((a, b) => b.id - a.id);
    },
  );

const buildCheckRun = (answer: CheckAnswer): CheckRun => ({
  id: answer.id,
  externalId: answer.external_id ?? undefined,
  appSlug: answer.app?.slug,
  conclusion: answer.conclusion ?? undefined,
  title: answer.output.title ?? undefined,
  summary: answer.output.summary ?? undefined,
  text: answer.output.text ?? undefined,
  completedAt: answer.completed_at ?? undefined,
});

interface ChecksAnswer {
  readonly check_runs: readonly CheckAnswer[];
}

interface CheckAnswer {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly external_id: string | null;
  readonly conclusion: string | null;
  readonly completed_at: string | null;
  readonly app: { readonly slug?: string } | null;
  readonly output: {
    readonly title: string | null;
    readonly summary: string | null;
    readonly text: string | null;
  };
}

const MAYBE = { type: ["string", "null"] };

const CHECK_RUNS: SchemaOf<ChecksAnswer> = Object.freeze({
  type: "object",
  required: ["check_runs"],
  properties: {
    check_runs: {
      type: "array",
      items: {
        type: "object",
        required: ["id", "name", "head_sha", "external_id", "conclusion", "completed_at", "app", "output"],
        properties: {
          id: { type: "integer", minimum: 1 },
          name: { type: "string" },
          head_sha: { type: "string" },
          external_id: MAYBE,
          conclusion: MAYBE,
          completed_at: MAYBE,
          app: { type: ["object", "null"], properties: { slug: { type: "string" } } },
          output: {
            type: "object",
            required: ["title", "summary", "text"],
            properties: { title: MAYBE, summary: MAYBE, text: MAYBE },
          },
        },
      },
    },
  },
});
