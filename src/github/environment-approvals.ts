import type { SchemaOf } from "../http/answer.ts";
import { parseAnswer } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";
import { type Repository, repositoryPath } from "./repository.ts";

/** The environments that a person let the workflow run `runId` into, and nobody kept it from. Rules that Apps decide are no person. */
export const environmentApprovals = (
  { client, name }: Repository,
  runId: string,
  signal?: AbortSignal,
): Promise<readonly string[]> =>
  askGitHub(
    { what: `read who approved workflow run ${runId} of ${name}`, permission: "actions: read" },
    async () => {
      const path = `${repositoryPath(name)}/actions/runs/${encodeURIComponent(runId)}/approvals`;
      const { request, response } = await client.read(path, signal);
      const answers = parseAnswer(APPROVALS, response, request);
      const approved = answers.filter(({ state, user }) => state === "approved" && user?.type === "User");
      const rejected = new Set(answers.filter(({ state }) => state === "rejected").flatMap(environmentsOf));
      return [...new Set(approved.flatMap(environmentsOf))].filter((each) => !rejected.has(each));
    },
  );

const environmentsOf = ({ environments }: ApprovalAnswer): readonly string[] =>
  environments.map((each) => each.name);

interface ApprovalAnswer {
  readonly state: string;
  readonly user: { readonly type: string } | null;
  readonly environments: readonly { readonly name: string }[];
}

const APPROVALS: SchemaOf<readonly ApprovalAnswer[]> = Object.freeze({
  type: "array",
  items: {
    type: "object",
    required: ["state", "user", "environments"],
    properties: {
      state: { type: "string" },
      user: { type: ["object", "null"], required: ["type"], properties: { type: { type: "string" } } },
      environments: {
        type: "array",
        items: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
      },
    },
  },
});
