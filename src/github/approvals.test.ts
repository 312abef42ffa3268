/** Who approved what: reviews, teams, environments. */

import { expect, test } from "vitest";
import type { ReviewVerdict } from "../../test/peers/github-pulls.fixture.ts";
import { environmentApprovals } from "./environment-approvals.ts";
import { isInTeam } from "./is-in-team.ts";
import { readApprovals } from "./read-approvals.ts";
import { faultOf, onGitHub } from "./repository.fixture.ts";

const COLLABORATORS = {
  alice: "write",
  bob: "admin",
  carol: "read",
  author: "admin",
  "github-actions[bot]": "write",
} as const;
const [HEAD, OLD] = ["a".repeat(40), "b".repeat(40)];
const PULL = { number: 1, author: "author", headSha: HEAD };

type Said = readonly [user: string | null, verdict: ReviewVerdict, commit?: string];

async function approvers(...said: readonly Said[]): Promise<readonly string[]> {
  const { repository, hosted } = await onGitHub({}, { collaborators: COLLABORATORS });
  hosted.pulls.open({ head: "feature", author: "author" });
  for (const [user, verdict, commit = HEAD] of said) hosted.pulls.review(1, user, verdict, commit);
  const approvals = await readApprovals(repository, PULL);
  for (const { commit, at } of approvals) expect([commit, at]).toEqual([HEAD, "2026-11-21T08:00:00Z"]);
  return approvals.map(({ user }) => user);
}

test.each<[string, readonly Said[], readonly string[]]>([
  [
    "two approvals are two",
    [
      ["alice", "APPROVED"],
      ["bob", "APPROVED"],
    ],
    ["alice", "bob"],
  ],
  [
    "twice by one is one",
    [
      ["alice", "APPROVED"],
      ["alice", "APPROVED"],
    ],
    ["alice"],
  ],
  [
    "a comment withdraws nothing",
    [
      ["alice", "APPROVED"],
      ["alice", "COMMENTED"],
    ],
    ["alice"],
  ],
  ["a comment alone is none", [["alice", "COMMENTED"]], []],
  [
    "a wish for changes withdraws",
    [
      ["alice", "APPROVED"],
      ["alice", "CHANGES_REQUESTED"],
    ],
    [],
  ],
  [
    "what was dismissed is gone",
    [
      ["alice", "APPROVED"],
      ["alice", "DISMISSED"],
    ],
    [],
  ],
  [
    "who approves after a wish for changes does",
    [
      ["alice", "CHANGES_REQUESTED"],
      ["alice", "APPROVED"],
    ],
    ["alice"],
  ],
  ["of an older head it is none", [["alice", "APPROVED", OLD]], []],
  [
    "of an older head after one of this head it is none",
    [
      ["alice", "APPROVED"],
      ["alice", "APPROVED", OLD],
    ],
    [],
  ],
  [
    "an old wish for changes is over",
    [
      ["alice", "CHANGES_REQUESTED", OLD],
      ["alice", "APPROVED"],
    ],
    ["alice"],
  ],
  ["of the author it is none", [["author", "APPROVED"]], []],
  ["of who may only read it is none", [["carol", "APPROVED"]], []],
  ["of a stranger it is none", [["mallory", "APPROVED"]], []],
  ["of a workflow it is none", [["github-actions[bot]", "APPROVED"]], []],
  ["of an account that is gone it is none", [[null, "APPROVED"]], []],
  ["what is not handed in is none", [["alice", "PENDING"]], []],
])("approvals: %s", async (_name, said, expected) => {
  expect(await approvers(...said)).toEqual(expected);
});

test("reviews are read to the last page", async () => {
  const talk = Array.from({ length: 130 }, (): Said => ["bob", "COMMENTED"]);
  expect(await approvers(...talk, ["alice", "APPROVED"])).toEqual(["alice"]);
});

test("a list that never ends is refused, and nothing is decided by a part of it", async () => {
  const { repository, server } = await onGitHub();
  const headers = { link: '<https://elsewhere.example/x?page=2>; rel="next"' };
  server.interfere(() => ({ status: 200, body: [], headers }));
  const fault = await faultOf(readApprovals(repository, PULL));
  expect([fault.code, fault.message]).toEqual(["GITHUB_FAILED", "There are more than 5000 reviews."]);
});

const TEAM_READER = { type: "integration", permissions: { members: "read" } } as const;

test("a member of the team is one; who is invited, or somebody else, is none", async () => {
  const { repository, server } = await onGitHub(TEAM_READER);
  server.accounts.organizations.add("acme");
  server.people.addTeam("acme/security", { alice: "active", bob: "pending" });
  const client = repository.organization("acme");
  const found = await Promise.all(
    ["alice", "bob", "carol"].map((user) => isInTeam(client, "acme", "security", user)),
  );
  expect(found).toEqual([true, false, false]);
});

test("a team that is not there is told, and is nobody's membership", async () => {
  const { repository, server } = await onGitHub(TEAM_READER);
  server.accounts.organizations.add("acme");
  const fault = await faultOf(isInTeam(repository.organization("acme"), "acme", "securty", "alice"));
  expect([fault.code, fault.message]).toEqual([
    "GITHUB_FORBIDDEN",
    "There is no team acme/securty, or the credential may not see it.",
  ]);
});

test("for teams the GITHUB_TOKEN of a workflow is refused with what does instead", async () => {
  const { repository, server } = await onGitHub();
  server.accounts.organizations.add("acme");
  const fault = await faultOf(isInTeam(repository.organization("acme"), "acme", "security", "alice"));
  expect([fault.code, fault.hint]).toEqual(["GITHUB_FORBIDDEN", expect.stringContaining("`members: read`")]);
});

test("environments that a person let this run into are told, once each", async () => {
  const { repository, hosted } = await onGitHub();
  hosted.checks.approve("77", "production", "alice");
  hosted.checks.approve("77", "production", "bob");
  hosted.checks.approve("77", "staging", "alice", "rejected");
  hosted.checks.approve("77", "gate", "gate-app[bot]");
  hosted.checks.approve("78", "other", "alice");
  expect(await environmentApprovals(repository, "77")).toEqual(["production"]);
  expect(await environmentApprovals(repository, "79")).toEqual([]);
});

test("an environment that somebody kept the run from is none that it was let into", async () => {
  const { repository, hosted } = await onGitHub();
  hosted.checks.approve("77", "production", "alice");
  hosted.checks.approve("77", "production", "bob", "rejected");
  expect(await environmentApprovals(repository, "77")).toEqual([]);
});
