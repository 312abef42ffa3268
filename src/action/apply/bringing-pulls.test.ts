import { expect, onTestFinished, test } from "vitest";
import { type BareRepository, createBareRepository } from "../../../test/peers/github-git.fixture.ts";
import { onGitHub } from "../../github/repository.fixture.ts";
import { bringingPulls } from "./bringing-pulls.ts";

async function aBranch() {
  const git = createBareRepository({ "keys.yaml": "a: 1\n" });
  onTestFinished(() => git.remove());
  const bench = await onGitHub({}, { git: git.path });
  const open = (head: string): number => {
    git.commit(head, { [`${head}.yaml`]: "b: 1\n" }, { from: "main" });
    return bench.hosted.pulls.open({ head });
  };
  const brought = async (since: string | undefined) => {
    const span = { branch: "main", sha: tipOf(git), since };
    const { pulls, remark } = await bringingPulls(bench.repository, span);
    return { pulls: pulls.map(({ number }) => number), ...(remark !== undefined && { remark }) };
  };
  return { ...bench, git, open, brought };
}

const tipOf = (git: BareRepository): string => git.tip("main") ?? "";

test("all that was merged since the last apply is told, however it was merged, and nothing that came before", async () => {
  const { git, hosted, open, brought } = await aBranch();
  hosted.pulls.merge(open("before"));
  const since = tipOf(git);
  const [first, second] = [open("first"), open("second")];
  hosted.pulls.merge(first, { method: "squash" });
  git.commit("main", { "direct.yaml": "c: 1\n" });
  hosted.pulls.merge(second);
  expect(await brought(since)).toEqual({ pulls: [first, second] });
});

test("a pull request that was closed brings nothing, though its commits are there", async () => {
  const { git, hosted, open, brought } = await aBranch();
  const since = tipOf(git);
  hosted.pulls.close(open("closed"));
  git.git("update-ref", "refs/heads/main", "refs/heads/closed");
  expect(await brought(since)).toEqual({ pulls: [] });
});

test("where nobody knows what was applied, or it is no ancestor, the last commit's own counts, and that is said", async () => {
  const { git, hosted, open, brought } = await aBranch();
  hosted.pulls.merge(open("first"));
  const elsewhere = git.commit("elsewhere", { "x.yaml": "d: 1\n" }, { from: "main" });
  const second = open("second");
  hosted.pulls.merge(second);
  for (const since of [undefined, elsewhere, "e".repeat(40)]) {
    const { pulls, remark } = await brought(since);
    expect([pulls, remark]).toEqual([[second], expect.stringContaining("only the pull request of the last")]);
  }
  expect(await brought(tipOf(git))).toEqual({ pulls: [second] });
});

test("C1: where the branch was set back, what was shown for its commit is not shown once more", async () => {
  const { git, hosted, open, brought } = await aBranch();
  hosted.pulls.merge(open("first"));
  const sha = tipOf(git);
  hosted.pulls.merge(open("second"));
  const since = tipOf(git);
  git.git("update-ref", "refs/heads/main", sha);
  expect(await brought(since)).toEqual({ pulls: [], remark: expect.stringContaining("came after this one") });
});

test("of very many commits the first and the last are looked at, and that is said", async () => {
  const { git, server, hosted, open, brought } = await aBranch();
  const since = tipOf(git);
  const pull = open("last");
  hosted.pulls.merge(pull);
  const body = { status: "ahead", total_commits: 300, commits: [] };
  server.interfere(({ path }) => (path.includes("/compare/") ? { status: 200, body } : undefined));
  const { pulls, remark } = await brought(since);
  expect([pulls, remark]).toEqual([[pull], expect.stringContaining("300 commits came since the last apply")]);
});
