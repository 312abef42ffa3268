import { expect, test } from "vitest";
import type { Mode } from "./inputs.ts";
import { MODES } from "./inputs.ts";
import { permit, type Permission } from "./permit.ts";
import type { PullContext, RunContext } from "./run-context.ts";

const REPOSITORY = "acme/keys";

const aPull = (over: Partial<PullContext> = {}): PullContext => ({
  number: 7,
  headSha: "a".repeat(40),
  headRef: "change",
  headRepository: REPOSITORY,
  baseRef: "main",
  baseSha: "b".repeat(40),
  isFork: false,
  isClosed: false,
  ...over,
});

type Asked = Pick<RunContext, "event" | "ref" | "repository" | "pull">;

const anEvent = (event: string, over: Partial<Asked> = {}): Asked => ({
  event,
  ref: "refs/heads/main",
  repository: REPOSITORY,
  ...over,
});

const aPullEvent = (event: string, over: Partial<PullContext> = {}): Asked =>
  anEvent(event, { ref: "refs/pull/7/merge", pull: aPull(over) });

const decide = (asked: Asked, mode: Mode, ref?: string): Permission =>
  permit(asked, { mode, ...(ref !== undefined && { ref }) }, { branch: "main", repository: REPOSITORY });

/** What comes of each mode that is asked for, in the order of `MODES`; `-`: it is refused. */
const outcome = (asked: Asked): readonly string[] =>
  MODES.map((mode) => {
    const permission = decide(asked, mode);
    return permission.type === "granted" ? permission.mode : "-";
  });

const EVERYTHING = ["validate", "plan", "apply", "drift"];
const LOOKING = ["validate", "plan", "-", "-"];
const VALIDATING = ["validate", "validate", "-", "-"];
const VALIDATE_ONLY = ["validate", "-", "-", "-"];

const table: readonly (readonly [string, Asked, readonly string[]])[] = [
  ["a push to the protected branch", anEvent("push"), EVERYTHING],
  ["a schedule", anEvent("schedule"), EVERYTHING],
  ["a start by hand on the protected branch", anEvent("workflow_dispatch"), EVERYTHING],
  ["a push to another branch", anEvent("push", { ref: "refs/heads/change" }), LOOKING],
  ["a push of a tag named like the branch", anEvent("push", { ref: "refs/tags/main" }), LOOKING],
  ["a branch whose name ends like it", anEvent("push", { ref: "refs/heads/x/main" }), LOOKING],
  ["a start by hand elsewhere", anEvent("workflow_dispatch", { ref: "refs/heads/change" }), LOOKING],
  ["a schedule on another branch", anEvent("schedule", { ref: "refs/heads/change" }), LOOKING],
  ["a pull request of the repository", aPullEvent("pull_request"), LOOKING],
  ["a review of one", aPullEvent("pull_request_review"), LOOKING],
  ["a pull request of a fork", aPullEvent("pull_request", { isFork: true }), VALIDATING],
  ["a review of a fork's", aPullEvent("pull_request_review", { isFork: true }), VALIDATING],
  ["a pull request into another branch", aPullEvent("pull_request", { baseRef: "next" }), VALIDATING],
  ["a closed pull request", aPullEvent("pull_request", { isClosed: true }), VALIDATING],
  ["a merge queue", anEvent("merge_group", { ref: "refs/heads/gh-readonly-queue/main/pr-7" }), VALIDATING],
  ["pull_request_target", aPullEvent("pull_request_target"), VALIDATE_ONLY],
  ["pull_request_target of a fork", aPullEvent("pull_request_target", { isFork: true }), VALIDATE_ONLY],
  ["a pull_request_target that hides its pull request", anEvent("pull_request_target"), VALIDATE_ONLY],
  ["a pull request without one in its event", anEvent("pull_request"), VALIDATE_ONLY],
  ["a push with a pull request in its event", anEvent("push", { pull: aPull() }), VALIDATE_ONLY],
  ["a comment", anEvent("issue_comment"), VALIDATE_ONLY],
  ["a comment in a review", aPullEvent("pull_request_review_comment"), VALIDATE_ONLY],
  ["another workflow that ended", anEvent("workflow_run"), VALIDATE_ONLY],
  ["a call from outside", anEvent("repository_dispatch"), VALIDATE_ONLY],
  ["an event that nobody knows yet", anEvent("deployment_review"), VALIDATE_ONLY],
];

test.each(table)("C1: %s may do this and no more", (_name, asked, expected) => {
  expect(outcome(asked)).toEqual(expected);
});

test.each(MODES.filter((mode) => mode !== "validate"))(
  "C1: in another repository than the configured one, mode %s is refused",
  (mode) => {
    expect(decide(anEvent("push", { repository: "somebody/keys" }), mode)).toMatchObject({ type: "refused" });
    expect(decide(anEvent("push", { repository: "ACME/Keys" }), mode)).toMatchObject({ type: "granted" });
  },
);

test.each(["apply", "drift"] as const)("C1: mode %s takes no other manifests than the branch's", (mode) => {
  expect(decide(anEvent("workflow_dispatch"), mode, "refs/pull/7/head")).toMatchObject({
    type: "refused",
    hint: "leave the input ref out",
  });
});

test("C1: another protected branch than the default one is the only one that is applied from", () => {
  const place = { branch: "release" };
  expect(permit(anEvent("push"), { mode: "apply" }, place).type).toBe("refused");
  const released = anEvent("push", { ref: "refs/heads/release" });
  expect(permit(released, { mode: "apply" }, place)).toEqual({ type: "granted", mode: "apply" });
});

test("a refusal says what would be allowed, and a lesser mode says why", () => {
  expect(decide(anEvent("push", { ref: "refs/heads/change" }), "apply")).toEqual({
    type: "refused",
    message: "mode apply runs on the branch main alone, and this is refs/heads/change",
    hint: "merge into main first; github.branch in the configuration names that branch",
  });
  expect(decide(aPullEvent("pull_request", { isFork: true }), "plan")).toEqual({
    type: "granted",
    mode: "validate",
    remark: "Validated, not planned: the pull request comes from a fork.",
  });
});
