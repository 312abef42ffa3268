/** What the rules for workflows ask of one. */

import { expressionsIn } from "./contexts.fixture.ts";
import { type Expression, readsOf } from "./parse-expression.fixture.ts";
import { type Job, type Step, textsOf, type Workflow } from "./read-workflow.fixture.ts";

export interface ActionDescription {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Our own action: named by a tag, whose commit nobody knows before its release. */
export const OWN = "keywright/keywright";

export type Rule = (
  workflow: Workflow,
  action: ActionDescription,
  comments: ReadonlyMap<string, string>,
) => readonly string[];

export const stepsOf = (
  workflow: Workflow,
): readonly { readonly id: string; readonly job: Job; readonly step: Step }[] =>
  Object.entries(workflow.jobs).flatMap(([id, job]) => job.steps.map((step) => ({ id, job, step })));

export const actionOf = ({ uses = "" }: Step): string => uses.split("@")[0] ?? "";
export const modeOf = (step: Step): string => (actionOf(step) === OWN ? String(step.with?.["mode"]) : "");
export const isOfPullRequests = ({ on }: Workflow): boolean => Object.hasOwn(on, "pull_request");

export const expressionsOf = (value: unknown): readonly Expression[] =>
  textsOf(value, ["jobs", "x"]).flatMap(({ place, text }) =>
    expressionsIn(text, place ?? "").flatMap(({ expression }) => expression ?? []),
  );
export const readsSecrets = (value: unknown): boolean =>
  expressionsOf(value)
    .flatMap(readsOf)
    .some((read) => read.kind === "path" && read.parts[0] === "secrets");
