/** What actionlint would say of a workflow: expressions, references, schedules, inputs. */

import { Cron } from "croner";
import { expressionsIn, faultsAt } from "./contexts.fixture.ts";
import { readsOf } from "./parse-expression.fixture.ts";
import { type Job, type Step, textsOf, type Workflow } from "./read-workflow.fixture.ts";
import {
  type ActionDescription,
  actionOf,
  expressionsOf,
  OWN,
  type Rule,
  stepsOf,
} from "./workflow-parts.fixture.ts";

/** The inputs, of those that actions of others have, which are used here. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  "actions/checkout": ["ref", "fetch-depth", "persist-credentials"],
  "actions/setup-node": ["node-version", "cache", "registry-url"],
  "actions/upload-artifact": ["name", "path", "if-no-files-found", "retention-days", "overwrite"],
  "actions/download-artifact": ["name", "path"],
  "actions/attest-build-provenance": ["subject-path"],
};
const OTHERS_OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  "actions/upload-artifact": ["artifact-id", "artifact-url", "artifact-digest"],
};
/** Every expression parses, and reads and calls what its place has. */
export const expressions: Rule = (workflow) =>
  textsOf(workflow).flatMap(({ place, path, text }) => {
    const at = path.join(".");
    if (!text.includes("${{") && !place?.endsWith(".if")) return [];
    if (path.at(-1) === "run") return [`C2 injection: ${at}: no expression in run: hand it over in env`];
    if (place === undefined) return [`expression: ${at}: none can stand here`];
    return expressionsIn(text, place).flatMap(({ expression, fault }) =>
      (expression ? faultsAt(expression, place) : [fault]).map((each) => `expression: ${at}: ${each}`),
    );
  });

/** Ids, inputs, matrices and outputs that expressions name are there. */
export const references: Rule = (workflow, action) =>
  Object.entries(workflow.jobs).flatMap(([id, job]) => {
    const scope = { workflow, job, action };
    const needed = [job.needs ?? []].flat();
    const around = { if: job.if, outputs: job.outputs, environment: job.environment };
    const dangling = [
      ...needed
        .filter((need) => need === id || !Object.hasOwn(workflow.jobs, need))
        .map((need) => `needs ${need}`),
      ...job.steps.flatMap((step, index) =>
        danglingIn(step, { ...scope, before: job.steps.slice(0, index) }),
      ),
      ...danglingIn(around, { ...scope, before: job.steps }),
    ];
    return dangling.map((each) => `reference: ${id}: ${each}: there is none`);
  });

interface Scope {
  readonly workflow: Workflow;
  readonly job: Job;
  readonly action: ActionDescription;
  /** The steps whose outputs are there by then. */
  readonly before: readonly Step[];
}

const danglingIn = (value: unknown, scope: Scope): readonly string[] =>
  expressionsOf(value)
    .flatMap(readsOf)
    .flatMap((read) => (read.kind === "path" && !isThere(read.parts, scope) ? [read.parts.join(".")] : []));

function isThere(parts: readonly string[], { workflow, job, action, before }: Scope): boolean {
  const [context = "", name = "", kind = "", output = ""] = parts;
  if (context === "inputs") return Object.hasOwn(workflow.on.workflow_dispatch?.inputs ?? {}, name);
  if (context === "matrix") return Object.hasOwn(job.strategy?.matrix ?? {}, name);
  if (context === "needs") {
    if (![job.needs ?? []].flat().includes(name)) return false;
    return kind !== "outputs" || Object.hasOwn(workflow.jobs[name]?.outputs ?? {}, output);
  }
  if (context !== "steps") return true;
  const step = before.find(({ id }) => id === name);
  if (!step || kind !== "outputs" || step.run !== undefined) return step !== undefined;
  const given = actionOf(step) === OWN ? Object.keys(action.outputs) : OTHERS_OUTPUTS[actionOf(step)];
  return given?.includes(output) ?? false;
}

/** Schedules are some. */
export const triggers: Rule = ({ on }) =>
  (on.schedule ?? [])
    .filter(({ cron }) => !isCron(cron))
    .map(({ cron }) => `schedule: ${cron} is no cron expression of five fields`);

function isCron(text: string): boolean {
  try {
    return new Cron(text, { paused: true, mode: "5-part" }).nextRun() !== null;
  } catch {
    return false;
  }
}

/** Inputs are those that the action has. */
export const inputs: Rule = (workflow, action) =>
  stepsOf(workflow).flatMap(({ id, step }) => {
    if (step.uses === undefined) return [];
    const name = step.uses === "./" ? OWN : actionOf(step);
    const known = name === OWN ? Object.keys(action.inputs) : OTHERS[name];
    if (!known) return [`inputs: ${id}: ${name} is not an action that is known here`];
    const given = Object.keys(step.with ?? {});
    const missing =
      name === OWN ? known.filter((each) => action.inputs[each]?.required && !given.includes(each)) : [];
    return [
      ...given
        .filter((each) => !known.includes(each))
        .map((each) => `inputs: ${id}: ${name} has no input ${each}`),
      ...missing.map((each) => `inputs: ${id}: ${name} needs the input ${each}`),
    ];
  });
