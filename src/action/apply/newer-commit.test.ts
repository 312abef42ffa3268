import { expect, onTestFinished, test } from "vitest";
import { createBareRepository } from "../../../test/peers/github-git.fixture.ts";
import { faultOf, onGitHub } from "../../github/repository.fixture.ts";
import { newerCommit } from "./newer-commit.ts";

async function aBranch() {
  const git = createBareRepository({ "keys.yaml": "a: 1\n" });
  onTestFinished(() => git.remove());
  const { repository } = await onGitHub({}, { git: git.path });
  const signal = new AbortController().signal;
  const newer = (sha: string) =>
    newerCommit({ repository, context: { sha }, protectedBranch: "main", signal });
  return { git, newer };
}

test("the tip has no newer commit, and an older one has the tip", async () => {
  const { git, newer } = await aBranch();
  const old = git.tip("main") ?? "";
  expect(await newer(old)).toBeUndefined();
  const tip = git.commit("main", { "keys.yaml": "a: 2\n" });
  expect(await newer(old)).toBe(tip);
  const rewritten = git.commit("main", { "keys.yaml": "a: 3\n" }, { from: old });
  expect(await newer(tip)).toBe(rewritten);
});

test("a commit that was taken from the branch is refused: no newer one is there to apply it", async () => {
  const { git, newer } = await aBranch();
  const old = git.tip("main") ?? "";
  const taken = git.commit("main", { "keys.yaml": "a: 2\n" });
  git.git("update-ref", "refs/heads/main", old);
  expect(await faultOf(newer(taken))).toMatchObject({
    code: "EVENT_REFUSED",
    message: `main is at ${old.slice(0, 12)}, which does not have commit ${taken.slice(0, 12)}`,
  });
});
