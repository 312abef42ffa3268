/** The security checks C1 and C2 of a workflow. */

import { expressionsIn } from "./contexts.fixture.ts";
import { conjunctsOf, isComparison } from "./parse-expression.fixture.ts";
import type { Job, Permissions } from "./read-workflow.fixture.ts";
import {
  actionOf,
  isOfPullRequests,
  modeOf,
  OWN,
  readsSecrets,
  type Rule,
  stepsOf,
} from "./workflow-parts.fixture.ts";

const MODES_THAT_CHANGE = new Set(["apply", "drift"]);

/** At the top nothing or reading; each job says what it needs, and writes nothing where pull requests run it, but what they show. */
export const permissions: Rule = (workflow) => {
  const shown = new Set(["pull-requests", "checks", "statuses"]);
  return [
    ...writesIn(workflow.permissions).map(
      (scope) => `C2 permissions: ${scope}: write at the top is for every job`,
    ),
    ...Object.keys(workflow.permissions)
      .filter((scope) => scope !== "contents")
      .map((scope) => `C2 permissions: ${scope} at the top is for every job`),
    ...(isOfPullRequests(workflow)
      ? Object.entries(workflow.jobs).flatMap(([id, job]) =>
          writesIn(job.permissions)
            .filter((scope) => !shown.has(scope))
            .map((scope) => `C1 pull request: ${id} may write ${scope}`),
        )
      : []),
  ];
};

const writesIn = (granted: Permissions): readonly string[] =>
  Object.keys(granted).filter((scope) => granted[scope] === "write");

/** A job that a fork's pull request starts has no secret, no right to write, and no environment. */
export const forks: Rule = (workflow) =>
  isOfPullRequests(workflow)
    ? Object.entries(workflow.jobs)
        .filter(([, job]) => !isOfOwnBranches(job))
        .flatMap(([id, job]) => [
          ...(readsSecrets(job)
            ? [`C1 forks: ${id} reads secrets, and a fork's pull request starts it`]
            : []),
          ...writesIn(job.permissions).map(
            (scope) => `C1 forks: ${id} may write ${scope}, and a fork's pull request starts it`,
          ),
          ...(job.environment === undefined ? [] : [`C1 forks: ${id} has an environment`]),
        ])
    : [];

const isOfOwnBranches = (job: Job): boolean =>
  expressionsIn(job.if ?? "false", "job.if").some(
    ({ expression }) =>
      expression !== undefined &&
      conjunctsOf(expression).some((each) =>
        isComparison(each, "github.event.pull_request.head.repo.full_name", "github.repository"),
      ),
  );

/** What changes keys: only for pushes to one branch and what the repository itself starts, in an environment, one at a time. */
export const changes: Rule = (workflow) =>
  stepsOf(workflow)
    .filter(({ step }) => MODES_THAT_CHANGE.has(modeOf(step)))
    .flatMap(({ id, job, step }) => {
      const { on } = workflow;
      const mode = modeOf(step);
      const waiting = job.concurrency ?? workflow.concurrency;
      return [
        ...(isOfPullRequests(workflow) ? [`C1 changes: ${id}: pull requests start mode ${mode}`] : []),
        ...(on.push && (!on.push.branches || on.push.branches.some((name) => /[*?[!]/.test(name)))
          ? [`C1 changes: ${id}: pushes to other branches start mode ${mode}`]
          : []),
        ...(on.push?.tags === undefined ? [] : [`C1 changes: ${id}: tags start mode ${mode}`]),
        ...(on.push?.paths === undefined
          ? []
          : [`C2 changes: ${id}: with paths, a commit that touches others leaves one before it unapplied`]),
        ...((mode === "drift" && String(step.with?.["fix"] ?? "false") === "false") ||
        job.environment !== undefined
          ? []
          : [`C1 changes: ${id}: mode ${mode} without an environment`]),
        ...(waiting?.["cancel-in-progress"] === false && !waiting.group.includes("${{")
          ? []
          : [`C2 concurrency: ${id}: mode ${mode} needs a fixed group and cancel-in-progress: false`]),
      ];
    });

const SHA = /@[0-9a-f]{40}$/;
const TAG = /^v\d+(\.\d+){0,2}$/;

/** Every action is pinned by its commit, with the tag behind it; ours by a release's tag. */
export const pins: Rule = (workflow, _action, comments) =>
  stepsOf(workflow).flatMap(({ id, step }) => {
    const { uses } = step;
    if (uses === undefined || uses === "./") return [];
    if (actionOf(step) === OWN)
      return SHA.test(uses) || TAG.test(uses.split("@")[1] ?? "")
        ? []
        : [`C2 pins: ${id}: ${uses} is no release`];
    if (!SHA.test(uses)) return [`C2 pins: ${id}: ${uses} is not pinned by its commit`];
    return TAG.test(comments.get(uses) ?? "") ? [] : [`C2 pins: ${id}: ${uses} without its tag behind it`];
  });

/** A checkout leaves no token behind, and brings the history that the Action reads. */
export const checkouts: Rule = (workflow) =>
  stepsOf(workflow)
    .filter(({ step }) => actionOf(step) === "actions/checkout")
    .flatMap(({ id, job, step }) => [
      ...(step.with?.["persist-credentials"] === false
        ? []
        : [`C2 checkout: ${id}: persist-credentials: false`]),
      ...(step.with?.["fetch-depth"] === 0 || !job.steps.some((each) => actionOf(each) === OWN)
        ? []
        : [`checkout: ${id}: fetch-depth: 0`]),
    ]);
