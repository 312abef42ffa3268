import { expect, test } from "vitest";
import { aDesiredKey } from "../../core/a-key.fixture.ts";
import type { ApprovalRule } from "../../core/approval/approval.ts";
import type { Change } from "../../core/change.ts";
import type { Risk } from "../../core/risk/risk.ts";
import { readPull } from "../../github/read-pull.ts";
import { faultOf, onGitHub } from "../../github/repository.fixture.ts";
import { demandApprovals } from "./demand-approvals.ts";

const creation = (name: string): Change => ({
  action: "create",
  kind: "ApiKey",
  name,
  desired: aDesiredKey({ name }),
  reasons: [],
});
const risk = (name: string): Risk => ({
  class: "first-admin",
  kind: "ApiKey",
  name,
  message: `${name} is the first`,
});

interface Case {
  readonly rules: readonly ApprovalRule[];
  /** By the key, the pull requests that showed it. */
  readonly shown: Readonly<Record<string, readonly number[]>>;
  readonly pulls?: readonly number[];
  readonly allowed?: readonly string[];
}

/** Two pull requests: 1 and 2. */
async function anAsking() {
  const bench = await onGitHub({}, { collaborators: { alice: "write", bob: "write", mallory: "read" } });
  const { repository, hosted } = bench;
  const numbers = [hosted.pulls.open({ head: "feature" }), hosted.pulls.open({ head: "feature" })];
  const ask = async ({ rules, shown, pulls = numbers, allowed = [] }: Case) => {
    const site = { repository, context: { runId: "4711" }, signal: new AbortController().signal };
    return demandApprovals(site, {
      plan: { risks: Object.keys(shown).map(risk) },
      limits: { approvals: rules, allowed },
      coverage: Object.entries(shown).map(([name, by]) => ({ change: creation(name), pulls: by })),
      pulls: await Promise.all(pulls.map((number) => readPull(repository, number))),
    });
  };
  return { ...bench, ask };
}

const LABEL: ApprovalRule = { risks: ["first-admin"], label: "keys: approved" };
const TEAM: ApprovalRule = { risks: ["first-admin"], team: "acme/security" };
const PLACE: ApprovalRule = { risks: ["first-admin"], environment: "production" };

test("what no rule names is asked of nobody, and neither is what a person allowed by name", async () => {
  const { ask, asked } = await anAsking();
  asked();
  const shown = { root: [1] };
  expect(await ask({ rules: [{ ...LABEL, risks: ["policy-loosened"] }], shown, pulls: [] })).toEqual([]);
  expect(await ask({ rules: [LABEL], shown, pulls: [], allowed: ["root"] })).toEqual([]);
  expect(asked()).toEqual([]);
});

test("each change needs its rule met by a pull request that showed it, whatever others have", async () => {
  const { ask, hosted } = await anAsking();
  const shown = { root: [1], other: [2] };
  hosted.pulls.label(1, "keys: approved");
  expect(await faultOf(ask({ rules: [LABEL], shown }))).toMatchObject({
    code: "GUARD_REFUSED",
    message: "approval: other is the first (first-admin) needs the label keys: approved on #2",
    hint: expect.stringMatching(/^set the label on the pull request; then run the job again$/),
  });
  expect(await ask({ rules: [LABEL], shown: { root: [1], other: [1, 2] } })).toEqual(["first-admin"]);
  hosted.pulls.label(2, "keys: approved");
  expect(await ask({ rules: [LABEL], shown })).toEqual(["first-admin"]);
});

test("what no pull request showed needs it of all that were merged, and with none there is none", async () => {
  const { ask, hosted } = await anAsking();
  const shown = { root: [] };
  hosted.pulls.label(1, "keys: approved");
  expect((await faultOf(ask({ rules: [LABEL], shown }))).message).toContain("on #2");
  expect((await faultOf(ask({ rules: [LABEL], shown, pulls: [] }))).message).toMatch(/approved$/);
  expect(await ask({ rules: [LABEL], shown, pulls: [1] })).toEqual(["first-admin"]);
});

test("a review counts by members of the team who may write, of the commit that was merged", async () => {
  const { ask, hosted, server } = await anAsking();
  server.accounts.tokens.set("ghs_test", {
    type: "integration",
    permissions: { pull_requests: "read", metadata: "read", members: "read", contents: "read" },
  });
  server.accounts.organizations.add("acme");
  server.people.addTeam("acme/security", { alice: "active", mallory: "active", bob: "pending" });
  const shown = { root: [1] };
  for (const [user, commit] of [["bob"], ["mallory"], ["alice", "c".repeat(40)]] as const) {
    hosted.pulls.review(1, user, "APPROVED", commit);
    expect((await faultOf(ask({ rules: [TEAM], shown }))).message).toContain(
      "an approving review by acme/security",
    );
  }
  hosted.pulls.review(1, "alice", "APPROVED");
  expect(await ask({ rules: [TEAM], shown })).toEqual(["first-admin"]);
  hosted.pulls.review(1, "alice", "CHANGES_REQUESTED");
  expect((await faultOf(ask({ rules: [TEAM], shown }))).code).toBe("GUARD_REFUSED");
});

test("an environment counts once a person let this run into it", async () => {
  const { ask, hosted } = await anAsking();
  const shown = { root: [] };
  hosted.checks.approve("4710", "production", "alice");
  expect((await faultOf(ask({ rules: [PLACE], shown, pulls: [] }))).message).toContain(
    "environment production",
  );
  hosted.checks.approve("4711", "production", "alice");
  expect(await ask({ rules: [PLACE], shown, pulls: [] })).toEqual(["first-admin"]);
});
