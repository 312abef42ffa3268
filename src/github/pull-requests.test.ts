/** Pull requests and their commits, over a real repository in which branches are merged. */

import { expect, onTestFinished, test } from "vitest";
import { createBareRepository } from "../../test/peers/github-git.fixture.ts";
import { branchTip } from "./branch-tip.ts";
import { compareCommits } from "./compare-commits.ts";
import { pullsOf } from "./pulls-of.ts";
import { readPull } from "./read-pull.ts";
import { faultOf, onGitHub, sharedGit } from "./repository.fixture.ts";

function ownGit() {
  const git = createBareRepository({ "keys.yaml": "a: 1\n" });
  onTestFinished(() => git.remove());
  return git;
}

test("a pull request is told with its branches, its author and its labels", async () => {
  const { repository, hosted } = await onGitHub();
  const number = hosted.pulls.open({ head: "feature", author: "alice", labels: ["Keys: approved"] });
  expect(await readPull(repository, number)).toEqual({
    number: 1,
    author: "alice",
    headSha: sharedGit().tip("feature"),
    headRef: "feature",
    headRepository: "acme/keys",
    baseRef: "main",
    isMerged: false,
    mergeCommit: undefined,
    isClosed: false,
    labels: ["Keys: approved"],
    url: "https://github.example/acme/keys/pull/1",
  });
});

test("after a force-push the head is another", async () => {
  const git = ownGit();
  git.commit("feature", { "keys.yaml": "a: 2\n" }, { from: "main" });
  const { repository, hosted } = await onGitHub({}, { git: git.path });
  const number = hosted.pulls.open({ head: "feature" });
  const before = await readPull(repository, number);
  const pushed = git.commit("feature", { "keys.yaml": "a: 3\n" }, { from: "main" });
  expect([before.headSha === pushed, (await readPull(repository, number)).headSha]).toEqual([false, pushed]);
});

test.each(["merge", "squash"] as const)(
  "of a %s, its commit tells the pull request that it was",
  async (method) => {
    const git = ownGit();
    const head = git.commit("feature", { "b.yaml": "b: 1\n" }, { from: "main" });
    const { repository, hosted } = await onGitHub({}, { git: git.path });
    const number = hosted.pulls.open({ head: "feature" });
    expect((await pullsOf(repository, head)).map((each) => [each.number, each.isMerged])).toEqual([
      [1, false],
    ]);
    const merged = hosted.pulls.merge(number, { method });
    expect(git.git("show", `${merged}:b.yaml`)).toBe("b: 1");
    expect(await branchTip(repository, "main")).toBe(merged);
    expect(await pullsOf(repository, merged)).toMatchObject([
      { number, isMerged: true, isClosed: true, mergeCommit: merged, headSha: head, baseRef: "main" },
    ]);
  },
);

test("a commit that was pushed straight to the branch belongs to no pull request", async () => {
  const { repository, hosted } = await onGitHub();
  hosted.pulls.open({ head: "feature" });
  expect(await pullsOf(repository, sharedGit().tip("main") ?? "")).toEqual([]);
});

test("a pull request of a fork names it; of one that is gone it names none", async () => {
  const { repository, hosted, server } = await onGitHub();
  const headSha = sharedGit().tip("feature") ?? "";
  const number = hosted.pulls.open({ head: "main", headRepository: "mallory/keys", headSha });
  expect(await readPull(repository, number)).toMatchObject({
    headRepository: "mallory/keys",
    headRef: "main",
  });
  const side = { ref: "main", sha: headSha };
  const gone = {
    number,
    user: null,
    head: { ...side, repo: null },
    base: { ...side, repo: { full_name: "Acme/Keys" } },
    state: "closed",
    merged_at: null,
    merge_commit_sha: null,
    labels: [],
    html_url: "https://github.example/acme/keys/pull/1",
  };
  server.interfere(() => ({ status: 200, body: gone }));
  expect(await readPull(repository, number)).toMatchObject({ headRepository: undefined, author: undefined });
});

test("a pull request to another repository, or of another number, is never taken for ours", async () => {
  const { repository, server, hosted } = await onGitHub();
  const number = hosted.pulls.open({ head: "feature" });
  const side = { ref: "main", sha: "a".repeat(40), repo: { full_name: "upstream/keys" } };
  const foreign = {
    number,
    user: { login: "alice" },
    head: side,
    base: side,
    state: "open",
    merged_at: null,
    merge_commit_sha: null,
    labels: [{ name: "approved" }],
    html_url: "https://github.example/upstream/keys/pull/1",
  };
  server.interfere(({ path }) => ({ status: 200, body: path.includes("/commits/") ? [foreign] : foreign }));
  expect(await pullsOf(repository, "a".repeat(40))).toEqual([]);
  expect((await faultOf(readPull(repository, number))).code).toBe("GITHUB_FAILED");
});

test("an answer that is not what GitHub gives is believed in no part", async () => {
  const { repository, server } = await onGitHub();
  server.interfere(() => ({ status: 200, body: { name: "main", commit: { sha: "main" } } }));
  const fault = await faultOf(branchTip(repository, "main"));
  expect([fault.code, fault.message]).toEqual([
    "GITHUB_FAILED",
    expect.stringContaining("has another shape"),
  ]);
});

test("what GitHub tells of another branch, or of one by its new name, is not taken for this one", async () => {
  const { repository, server } = await onGitHub();
  server.interfere(() => ({ status: 200, body: { name: "trunk", commit: { sha: "a".repeat(40) } } }));
  const fault = await faultOf(branchTip(repository, "main"));
  expect([fault.code, fault.message]).toEqual(["GITHUB_FAILED", expect.stringContaining("another branch")]);
});

test("a branch is found by any name that branches have, and a missing one is told", async () => {
  const git = ownGit();
  const tip = git.commit("team/a+b#1", { "x.yaml": "x: 1\n" });
  const { repository } = await onGitHub({}, { git: git.path });
  expect(await branchTip(repository, "team/a+b#1")).toBe(tip);
  const fault = await faultOf(branchTip(repository, "gone"));
  expect([fault.code, fault.message, fault.hint]).toEqual([
    "GITHUB_FAILED",
    expect.stringContaining("Could not read branch gone of acme/keys"),
    expect.stringContaining("what the credential may not see"),
  ]);
});

test("commits are compared: what is new, oldest first, and where both went on", async () => {
  const git = ownGit();
  const [a = "", b = ""] = ["1", "2"].map((n) =>
    git.commit("feature", { "a.yaml": n }, n === "1" ? { from: "main" } : {}),
  );
  const { repository } = await onGitHub({}, { git: git.path });
  const main = git.tip("main") ?? "";
  expect(await compareCommits(repository, main, b)).toEqual({ status: "ahead", shas: [a, b], total: 2 });
  expect(await compareCommits(repository, b, main)).toEqual({ status: "behind", shas: [], total: 0 });
  expect((await compareCommits(repository, b, b)).status).toBe("identical");
  git.commit("main", { "c.yaml": "c" });
  expect((await compareCommits(repository, "main", "feature")).status).toBe("diverged");
  expect((await faultOf(compareCommits(repository, main, "d".repeat(40)))).code).toBe("GITHUB_FAILED");
});

test("of more than 250 new commits the number is told", async () => {
  const { repository, server } = await onGitHub();
  const commits = Array.from({ length: 100 }, () => ({ sha: "a".repeat(40) }));
  server.interfere(() => ({ status: 200, body: { status: "ahead", total_commits: 400, commits } }));
  const { shas, total } = await compareCommits(repository, "main", "feature");
  expect([shas.length, total, server.requests.length]).toEqual([250, 400, 3]);
});

test.each([
  ["contents: read", (...[repository]: Parameters<typeof branchTip>) => branchTip(repository, "main")],
  ["pull-requests: read", (...[repository]: Parameters<typeof branchTip>) => readPull(repository, 1)],
])("a token that lacks %s is told so", async (permission, work) => {
  const { repository } = await onGitHub({ permissions: {} });
  const fault = await faultOf(work(repository, ""));
  expect([fault.code, fault.hint]).toEqual([
    "GITHUB_FORBIDDEN",
    expect.stringContaining(`\`${permission}\``),
  ]);
});
