import { expect, onTestFinished, test } from "vitest";
import { readGitFile } from "./git-source.ts";
import { aRepository, ENVIRONMENT } from "./repository.fixture.ts";

const TRUSTED = "refs/remotes/origin/main";

/** The remote's main says `trusted`, whatever else is named after it says `planted`. */
function planted() {
  const repository = aRepository({ "a.yaml": "trusted\n" });
  onTestFinished(() => repository.remove());
  const trusted = repository.commit();
  repository.write("a.yaml", "planted\n");
  return { repository, trusted, other: repository.commit() };
}

const read = async (location: string, ref: string) =>
  (await readGitFile({ location, ref, environment: ENVIRONMENT }, "a.yaml"))?.text;

test("G6: a ref that is named in full is that ref, and none that somebody named after it", async () => {
  const { repository, trusted, other } = planted();
  repository.git("update-ref", TRUSTED, trusted);
  repository.git("update-ref", `refs/heads/${TRUSTED}`, other);
  repository.git("update-ref", `refs/tags/${TRUSTED}`, other);
  expect(await read(repository.path, TRUSTED)).toBe("trusted\n");
});

test("G6: a commit that is named in full is that commit, also where a tag has its name", async () => {
  const { repository, trusted, other } = planted();
  repository.git("update-ref", `refs/tags/${trusted}`, other);
  repository.git("update-ref", `refs/heads/${trusted}`, other);
  expect(await read(repository.path, trusted)).toBe("trusted\n");
});
