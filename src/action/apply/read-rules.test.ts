import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { faultOf } from "../../github/repository.fixture.ts";
import { createLogger } from "../../logger.ts";
import { aRepository, type TestRepository } from "../../sources/repository.fixture.ts";
import { readProject } from "../../wire/read-project.ts";
import { readInputs } from "../inputs.ts";
import { readRules } from "./read-rules.ts";

const logger = createLogger({ format: "text", level: "warn", colors: false }, () => undefined);

const configWith = (lines: string): string => `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/**/*.yaml"]
store: { driver: embedded }
sinks: { local: { driver: file, directory: out } }
${lines}`;

function aBranch() {
  const repository = aRepository();
  onTestFinished(() => repository.remove());
  return { repository, merge: (lines: string) => merge(repository, lines) };
}

function merge(repository: TestRepository, lines: string): string {
  repository.write("keywright.yaml", configWith(lines));
  return repository.commit();
}

/** For the commit that is checked out at `workspace`. */
async function rulesAt(workspace: string, sha: string, since: string | undefined) {
  const place = { cwd: workspace, env: process.env, logger, repo: workspace, config: "keywright.yaml" };
  const project = await readProject({ ...place, ref: sha, configRef: sha });
  const context = { sha, workspace, ref: "refs/heads/main", defaultBranch: "main" };
  return readRules({ context, project, logger, inputs: readInputs({ INPUT_MODE: "apply" }) }, since);
}

test("C1: what is merged neither frees itself from a rule nor says whose checks count for it", async () => {
  const { repository, merge } = aBranch();
  const since = merge(`approvals: [{ risks: [first-admin], label: agreed }]
github: { checksBy: keywright-app }
`);
  const sha = merge("github: { checksBy: evil-app, review: optional }\n");
  expect(await rulesAt(repository.path, sha, since)).toEqual({
    approvals: [expect.objectContaining({ label: "agreed" })],
    isReviewRequired: true,
    app: "keywright-app",
  });
  const alone = { approvals: [], isReviewRequired: false, app: "evil-app" };
  expect(await rulesAt(repository.path, sha, sha)).toEqual(alone);
  expect(await rulesAt(repository.path, sha, undefined)).toEqual(alone);
  // Of a history that was rewritten there is nothing to be read.
  expect(await rulesAt(repository.path, sha, "e".repeat(40))).toEqual(alone);
});

test("C1: a checkout without the history does not take the rules of before for none", async () => {
  const { repository, merge } = aBranch();
  const since = merge("approvals: [{ risks: [first-admin], label: agreed }]\n");
  const sha = merge("");
  const workspace = mkdtempSync(join(tmpdir(), "keywright-shallow-"));
  onTestFinished(() => rmSync(workspace, { recursive: true }));
  repository.git("clone", "--quiet", "--depth=1", `file://${repository.path}`, workspace);
  expect(await faultOf(rulesAt(workspace, sha, since))).toMatchObject({
    code: "SOURCE_REF_UNKNOWN",
    hint: expect.stringContaining("fetch-depth: 0"),
  });
});
