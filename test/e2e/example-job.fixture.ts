/** Jobs of the example workflows as GitHub would start them: what their token may do, and what their step is given. */

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Job, Workflow } from "../workflows/read-workflow.fixture.ts";
import type { Right } from "../peers/github-accounts.fixture.ts";

const EXAMPLE = new URL("../../examples/github-action/", import.meta.url);

export type JobName = "validate" | "plan" | "apply" | "drift";

export interface ExampleJob {
  /** Of the token, by GitHub's names: `pull_requests`. */
  readonly permissions: Readonly<Record<string, Right>>;
  /** Whether it may ask GitHub for a proof of what it is. */
  readonly hasIdToken: boolean;
  readonly inputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** What the expressions of a workflow are about, such as `secrets.KEYWRIGHT_STORE_KEY`; what is not there is empty. */
export type Expressions = Readonly<Record<string, string>>;

const FILES = {
  validate: "keywright-pull-request.yml",
  plan: "keywright-pull-request.yml",
  apply: "keywright-apply.yml",
  drift: "keywright-drift.yml",
} as const satisfies Readonly<Record<JobName, string>>;

/** A file of the example. */
export const exampleFile = (path: string): string => readFileSync(new URL(path, EXAMPLE), "utf8");

/** Throws where the example has no such job, or one that does not run the Action. */
export function exampleJob(name: JobName, expressions: Expressions): ExampleJob {
  const { jobs } = parse(exampleFile(`.github/workflows/${FILES[name]}`)) as Workflow;
  const { permissions, steps } = jobs[name] as Job;
  const step = steps.find(({ uses }) => uses?.startsWith("keywright/keywright@"));
  if (!step) throw new Error(`the example's job ${name} does not run the Action`);
  const { "id-token": idToken, ...rights } = permissions;
  return {
    permissions: Object.fromEntries(
      Object.entries(rights).flatMap(([right, level]) =>
        level === "none" ? [] : [[right.replaceAll("-", "_"), level] as const],
      ),
    ),
    hasIdToken: idToken === "write",
    inputs: evaluated(step.with ?? {}, expressions),
    env: evaluated(step.env ?? {}, expressions),
  };
}

const evaluated = (
  texts: Readonly<Record<string, string | number | boolean>>,
  expressions: Expressions,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      String(text).replaceAll(/\$\{\{ *([\w.-]+) *\}\}/g, (_all, what: string) => expressions[what] ?? ""),
    ]),
  );
