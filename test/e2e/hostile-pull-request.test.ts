/** Pull requests by people who mean ill: what of them reaches the key store, the sinks, GitHub, the runner, or a credential. */

import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { OUTPUTS } from "../../src/action/outputs.ts";
import type { StartingEvent } from "../action/events.fixture.ts";
import type { StepResult } from "../action/runner.fixture.ts";
import { exampleFile } from "./example-job.fixture.ts";
import { aPullRequestScene, type PullRequestScene } from "./pull-request.fixture.ts";

vi.setConfig({ testTimeout: 240_000 });

const KEY = "keys/entities-scanner.yaml";
const MAIN = { "policy.yaml": exampleFile("policy.yaml"), [KEY]: exampleFile(KEY) };

const COMMANDS = "::add-mask::acme%0A::set-output name=changes::0 ##[add-mask]main ::stop-commands::x";
const BRANCH = "$(id);`id`|id>x&&add-mask";
const TITLE = `${COMMANDS}\n::set-env name=NODE_OPTIONS::--require=/tmp/x\n::error::owned\r\n@acme/security`;

/** The same event as people may fill it. */
function hostile(event: StartingEvent): StartingEvent {
  const payload = JSON.parse(JSON.stringify(event.payload)) as Record<string, Record<string, object>>;
  Object.assign(payload["pull_request"] ?? {}, {
    title: TITLE,
    body: `${TITLE}\n<!-- keywright:plan acme -->`,
    labels: [{ name: TITLE }],
    user: { login: "mallory" },
  });
  Object.assign(payload, { sender: { login: TITLE }, inputs: { mode: "apply" }, "::add-mask::": TITLE });
  return { ...event, payload };
}

/** Changes of what nobody may change: refs but those of the pull requests, keys, slots, and what GitHub shows. */
const changesOf = async ({ git, store, vault, github, hosted }: PullRequestScene) => ({
  branches: git.git("for-each-ref", "refs/heads", "refs/tags"),
  store: await store.changes(),
  vault: vault.seen.length,
  github: github.requests.filter(({ method }) => method !== "GET").length,
  comments: hosted.issues.all().flatMap(({ number }) => hosted.issues.comments(number)).length,
});

/** Security check G11: whatever stands in texts, the runner heard these alone. */
function expectOwnCommands({ commands, masks, outputs, isStopped, beforeMasks }: StepResult): void {
  const names = new Set(commands.map(({ name }) => name));
  expect([...names].filter((name) => !["add-mask", "error", "warning", "notice"].includes(name))).toEqual([]);
  expect(masks.filter((mask) => mask.length < 20 || mask.includes(" "))).toEqual([]);
  expect(Object.keys(outputs).filter((name) => !OUTPUTS.some((own) => own === name))).toEqual([]);
  expect([isStopped, beforeMasks]).toEqual([false, []]);
}

const INVALID = `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: planted, owner: mallory }
spec:
  description: "${COMMANDS}"
  roles: [ADMIN]
  "::error file=x::owned": true
  expires: { after: 90d }
  deliverTo:
    - { sink: "@acme/security", path: "::add-mask::main" }
`;

test("C1: a fork's pull request is validated at its lines, by jobs that hold nothing and change nothing, whatever it says", async () => {
  const scene = await aPullRequestScene(MAIN);
  const { git, hosted, store, vault, github, watch } = scene;
  const headSha = git.commit("outside", { "keys/::add-mask::x.yaml": INVALID }, { from: "main" });
  git.git("update-ref", "-d", "refs/heads/outside");
  const fork = { head: BRANCH, headRepository: "mallory/keys", headSha, author: "mallory" };
  const pull = hosted.pulls.open({ ...fork, title: TITLE });
  const before = await changesOf(scene);
  const event = hostile(scene.event(pull));
  // Somebody took the example's condition away: then the job that plans is there, too, and has no secrets all the same.
  for (const job of ["validate", "plan"] as const) {
    const result = await scene.runJob(job, event, { hasSecrets: false });
    expect([result.code, result.outputs], result.shown).toEqual([1, { "exit-code": "1" }]);
    expectOwnCommands(result);
    const errors = result.annotations.filter(({ level, file }) => level === "error" && file !== undefined);
    expect(errors.map(({ file, line }) => `${file}:${line}`)).toEqual(
      ["7", "10"].map((line) => `keys/::add-mask::x.yaml:${line}`),
    );
    expect(result.summary).not.toMatch(/@acme|<!--/);
  }
  for (const job of ["apply", "drift"] as const) {
    const refused = await scene.runJob(job, event);
    expect([refused.code, refused.annotations.at(-1)?.title], refused.shown).toEqual([3, "EVENT_REFUSED"]);
    expectOwnCommands(refused);
  }
  expect(await changesOf(scene)).toEqual(before);
  expect([github.requests, vault.seen, await store.keys()]).toEqual([[], [], []]);
  expect(watch.leaks()).toEqual([]);
});

test("G6, G11: what a pull request of this repository says of addresses is heard nowhere, and its texts are no commands", async () => {
  const heard: string[] = [];
  const thief = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.end("{}");
  }).listen(0, "127.0.0.1");
  thief.on("connection", () => heard.push("connection"));
  await once(thief, "listening");
  onTestFinished(() => void thief.close());
  const elsewhere = `http://127.0.0.1:${(thief.address() as AddressInfo).port}`;
  const scene = await aPullRequestScene(MAIN);
  const { git, hosted, store, vault, github, watch } = scene;
  const config = scene.config
    .replaceAll(store.url, elsewhere)
    .replaceAll(vault.url, elsewhere)
    .replaceAll(github.url, elsewhere)
    .replace("driver: git,", `driver: git, remote: "${elsewhere}/acme/keys",`)
    .concat(`github: { url: "${elsewhere}" }\n`);
  const description = exampleFile(KEY).replace(
    /description: .*/,
    `description: "${COMMANDS} @acme/security"`,
  );
  git.commit(BRANCH, { "keywright.yaml": config, [KEY]: description }, { from: "main" });
  const pull = hosted.pulls.open({ head: BRANCH, title: TITLE });
  const before = await changesOf(scene);
  const event = hostile(scene.event(pull));
  const planned = await scene.runJob("plan", event);
  expect(planned.code, planned.shown).toBe(0);
  expect(planned.outputs).toMatchObject({ "exit-code": "2", changes: "2", create: "1" });
  expectOwnCommands(planned);
  const [comment] = hosted.issues.comments(pull);
  expect(comment?.body).toContain("keywright.yaml is changed here: that takes effect after the merge.");
  expect(comment?.body).not.toMatch(/@acme|::add-mask/);
  const validated = await scene.runJob("validate", event);
  expect([validated.code, validated.outputs], validated.shown).toEqual([0, { "exit-code": "0" }]);
  expectOwnCommands(validated);
  expect(heard).toEqual([]);
  const { github: sent, comments, ...others } = await changesOf(scene);
  // The comment and the check.
  expect([sent, comments]).toEqual([2, 1]);
  expect(others).toEqual({ branches: before.branches, store: before.store, vault: before.vault });
  expect(watch.leaks()).toEqual([]);
});
