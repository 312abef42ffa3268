import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { scheduleEvent, type StartingEvent } from "../../../test/action/events.fixture.ts";
import { runStep, runStepHere, type StepResult } from "../../../test/action/runner.fixture.ts";
import {
  aKey,
  aScene,
  JOB_ACCESS,
  JOB_TOKEN,
  type Scene,
  type ScenePull,
  SINK_TOKEN,
  STORE_KEY,
} from "../../../test/action/scene.fixture.ts";
import { findSecrets } from "../../../test/canary.fixture.ts";
import { decodeReview } from "../../core/review/review-record.ts";
import { validatorOf } from "../../schema.ts";

let scene: Scene;
/** Planned once, by the built bundle in a process of its own, for all that is looked at in it. */
let pull: ScenePull;
let event: StartingEvent;
let result: StepResult;

beforeAll(async () => {
  scene = await aScene();
  pull = scene.openPull({ "keys/scanner.yaml": aKey("scanner", "roles: [ADMIN]") });
  event = pull.event();
  result = await runStep({ ...scene.step, event, inputs: { mode: "plan" } });
});
afterAll(() => scene.close());

const planOf = (pull: ScenePull, inputs: Readonly<Record<string, string>> = {}) =>
  runStepHere({ ...scene.step, event: pull.event(), inputs: { mode: "plan", ...inputs } });

const commentsOn = ({ number }: ScenePull): readonly string[] =>
  scene.hosted.issues.comments(number).map(({ body }) => body);

const CHANGING = /^(POST|PUT|PATCH|DELETE) /;

const secrets = (): readonly string[] => [scene.store.admin.reveal(), SINK_TOKEN, JOB_TOKEN];

/** What was printed and written, without the masks. */
const said = ({ shown, summary, outputs }: StepResult): Buffer =>
  Buffer.from([shown, summary, JSON.stringify(outputs)].join("\n"));

test("the bundle plans a pull request: comment, check, file, summary, outputs, and no key is made", () => {
  expect(result.code, result.shown).toBe(0);
  const url = result.outputs["comment-url"];
  expect(result.outputs).toMatchObject({
    "exit-code": "2",
    changes: "2",
    create: "2",
    revoke: "0",
    blocked: "0",
    risks: expect.stringContaining("first-admin"),
    digest: expect.stringMatching(/^sha256:/),
  });
  expect(url).toMatch(/#issuecomment-\d+$/);
  const plan: unknown = JSON.parse(readFileSync(result.outputs["plan-path"] ?? "", "utf8"));
  expect(validatorOf("Plan")(plan)).toBe(true);
  expect(plan).toMatchObject({ digest: result.outputs["digest"] });
  const comments = commentsOn(pull);
  expect(comments).toHaveLength(1);
  expect(comments[0]).toContain("scanner");
  expect(comments[0]).toContain("<!-- keywright:plan acme -->");
  expect(result.summary).toContain("### Keywright plan of `acme`");
  const { headSha } = scene.hosted.pulls.get(pull.number);
  const check = scene.hosted.checks.runs.find(({ sha }) => sha === headSha);
  expect(check).toMatchObject({ name: "keywright plan (acme)", conclusion: "success" });
  expect(decodeReview({ externalId: check?.externalId ?? "", text: check?.text ?? "" }, "acme")).toEqual({
    changesDigest: result.outputs["review-digest"],
    lines: [
      expect.stringMatching(/^create ApiKey reader /),
      expect.stringMatching(/^create ApiKey scanner /),
    ],
  });
  expect(scene.asked.filter((request) => CHANGING.test(request))).toEqual([]);
  expect(scene.repository.git("branch", "--list", "keywright-ledger")).toBe("");
  expect(findSecrets(said(result), secrets())).toEqual([]);
});

test("S3: masks come before anything else, for the token and each credential, and nothing is coloured", () => {
  expect(result.beforeMasks).toEqual([]);
  const login = Buffer.from(`x-access-token:${JOB_TOKEN}`).toString("base64");
  expect(result.masks).toEqual([JOB_TOKEN, scene.store.admin.reveal(), SINK_TOKEN, login]);
  const [beforeText = ""] = result.raw.split("::stop-commands::");
  expect(beforeText.split("\n").filter((line) => line !== "" && !line.startsWith("::"))).toEqual([]);
  expect(result.raw).not.toContain("\u001b[");
  expect(result.isStopped).toBe(false);
});

test("S5: what the step starts is given neither inputs nor credentials", async () => {
  const oidc = "oidc-cd4xq9RzT7bE";
  const env = { ...scene.step.env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: oidc };
  const { leftEnvironment } = await runStepHere({ ...scene.step, env, event, inputs: { mode: "apply" } });
  expect(leftEnvironment["PATH"]).toBe(process.env["PATH"]);
  const left = Buffer.from(JSON.stringify(leftEnvironment));
  expect(findSecrets(left, [...secrets(), oidc])).toEqual([]);
  expect(Object.keys(leftEnvironment).filter((name) => name.startsWith("INPUT_"))).toEqual([]);
  expect(leftEnvironment).not.toHaveProperty(STORE_KEY);
});

test("a newer commit edits the comment, and a run for an older one leaves it alone", async () => {
  pull.push({ "keys/billing.yaml": aKey("billing") });
  const second = await planOf(pull);
  expect(second.outputs["comment-url"]).toBe(result.outputs["comment-url"]);
  const late = await runStepHere({ ...scene.step, event, inputs: { mode: "plan" } });
  expect(late.code).toBe(0);
  expect(late.annotations).toContainEqual(
    expect.objectContaining({ level: "notice", message: expect.stringContaining("newer commits") }),
  );
  const comments = commentsOn(pull);
  expect(comments).toHaveLength(1);
  expect(comments[0]).toContain("billing");
});

test("manifests that are not valid make the comment out of date, with the reason", async () => {
  pull.push({ "keys/scanner.yaml": aKey("scanner", "rolls: [READ_ONLY]") });
  const failed = await planOf(pull);
  expect(failed.code).toBe(1);
  const [comment = "", ...others] = commentsOn(pull);
  expect(others).toEqual([]);
  expect(comment).toContain("out of date");
  expect(comment).toContain("keys/scanner.yaml");
  expect(failed.annotations).toContainEqual(
    expect.objectContaining({ level: "error", file: "keys/scanner.yaml", line: "5" }),
  );
  expect(failed.summary).toContain("`INPUT_INVALID`");
});

test("a token without permission is a warning, and with comment: required a failure", async () => {
  const another = scene.openPull({ "keys/other.yaml": aKey("other") });
  const permissions = { contents: "read", pull_requests: "read" } as const;
  scene.github.accounts.tokens.set("ghs_weak", { ...JOB_ACCESS, permissions });
  const weak = { ...scene.step, token: "ghs_weak", event: another.event() };
  const lenient = await runStepHere({ ...weak, inputs: { mode: "plan" } });
  expect(lenient.code).toBe(0);
  expect(lenient.annotations.map(({ level, title }) => `${level} ${title ?? ""}`)).toEqual([
    "warning GITHUB_FORBIDDEN",
    "warning GITHUB_FORBIDDEN",
  ]);
  expect(lenient.outputs["plan-path"]).toBeDefined();
  const strict = await runStepHere({ ...weak, inputs: { mode: "plan", comment: "required" } });
  expect(strict.code).toBe(1);
});

test("G6: a pull request that changes the configuration changes neither where credentials go nor what is planned", async () => {
  const stolen: string[] = [];
  const thief = createServer((request, response) => {
    stolen.push(String(request.headers.authorization));
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await new Promise((done) => thief.once("listening", done));
  onTestFinished(() => void thief.close());
  const { port } = thief.address() as AddressInfo;
  const elsewhere = `http://127.0.0.1:${port}`;
  const config = readFileSync(`${scene.repository.path}/keywright.yaml`, "utf8");
  const pull = scene.openPull({
    "keywright.yaml": config.replace(scene.storeUrl, elsewhere).replace(scene.github.url, elsewhere),
    "keys/scanner.yaml": aKey("scanner"),
  });
  const before = scene.asked.length;
  const result = await planOf(pull);
  expect(result.code, result.shown).toBe(0);
  expect(stolen).toEqual([]);
  expect(scene.asked.length).toBeGreaterThan(before);
  const remark = "keywright.yaml is changed here: that takes effect after the merge.";
  expect(result.annotations).toContainEqual({ level: "notice", message: remark });
  expect(result.summary).toContain("takes effect after the merge");
  expect(commentsOn(pull)[0]).toContain("takes effect after the merge");
});

test("G6: what the work tree says of the configuration and the manifests is not read", async () => {
  const another = scene.openPull({ "keys/scanner.yaml": aKey("scanner") });
  const event = another.event();
  scene.repository.write("keywright.yaml", "instance: planted\n");
  scene.repository.write("keys/planted.yaml", aKey("planted"));
  const looked = await runStepHere({ ...scene.step, event, inputs: { mode: "plan", comment: "off" } });
  scene.repository.git("checkout", "--quiet", "--force", "HEAD");
  scene.repository.git("clean", "--quiet", "--force", "-d");
  expect(looked.outputs).toMatchObject({ create: "2" });
  expect(looked.shown).not.toContain("planted");
  expect(commentsOn(another)).toEqual([]);
});

test.each(["apply", "drift"])(
  "C1: mode %s is refused for a pull request before anybody is asked",
  async (mode) => {
    const before = [scene.asked.length, scene.github.requests.length];
    const refused = await runStepHere({ ...scene.step, event, inputs: { mode, fix: "true" } });
    expect(refused.code).toBe(3);
    expect(refused.annotations).toContainEqual(expect.objectContaining({ title: "EVENT_REFUSED" }));
    expect([scene.asked.length, scene.github.requests.length]).toEqual(before);
  },
);

test("a store, a ledger or a sink of files is refused, with what to use instead", async () => {
  const config = scene.repository.git("show", "main:keywright.yaml");
  const files = config
    .replace(/^store: .*$/m, "store: { driver: embedded }")
    .replace(/^ledger: .*$/m, "")
    .replace(/^sinks:$/m, "sinks:\n  local: { driver: file, directory: out }");
  scene.commitMain({ "keywright.yaml": files });
  onTestFinished(() => void scene.commitMain({ "keywright.yaml": config }));
  const result = await planOf(scene.openPull({ "keys/scanner.yaml": aKey("scanner") }));
  expect(result.code).toBe(1);
  const error = result.annotations.find(({ title }) => title === "PLATFORM_UNSUPPORTED");
  expect(error?.message).toContain("store driver embedded, ledger driver file, driver file of sink local");
  expect(error?.message).toContain("use keywright, cortex or cortex-cloud; use git or postgres");
});

test("a checkout without the history says how to check out", async () => {
  const payload = JSON.parse(
    JSON.stringify(event.payload).replaceAll(
      /"sha":"[0-9a-f]{40}","ref":"main"/g,
      `"sha":"${"d".repeat(40)}","ref":"main"`,
    ),
  ) as unknown;
  const result = await runStepHere({ ...scene.step, event: { ...event, payload }, inputs: { mode: "plan" } });
  expect(result.code).toBe(1);
  expect(result.shown).toContain("fetch-depth: 0");
});

test("a drift check says what it found in the log, on the job's page, as outputs and in one issue", async () => {
  await scene.store.makeKey({ name: "By hand" });
  const checked = await runStepHere({
    ...scene.step,
    event: scheduleEvent({ sha: scene.repository.git("rev-parse", "main") }),
    inputs: { mode: "drift", issue: "true" },
  });
  expect(checked.code, checked.shown).toBe(0);
  expect(checked.outputs).toEqual({ "exit-code": "2", findings: "2" });
  expect(checked.annotations.map(({ level, title }) => `${level} ${title ?? ""}`)).toEqual([
    "warning Made by others, unknown here: -",
    "warning Not applied: manifests",
  ]);
  expect(checked.summary).toContain("### Keywright drift of `acme`");
  const issues = scene.hosted.issues.all().filter(({ isPull }) => !isPull);
  expect(issues.map(({ title, state }) => `${state} ${title}`)).toEqual([
    "open Keywright: acme is not as declared",
  ]);
  expect(issues[0]?.body).toMatch(
    /\*\*2 findings of drift\.\*\*[^]*\/actions\/runs\/\d+\/attempts\/1>[^]*keywright:drift acme/,
  );
});

test("C1: the job of an older commit that runs again mends nothing, and says so; without a token nothing is mended at all", async () => {
  const sha = scene.repository.git("rev-parse", "main");
  const tip = scene.commitMain({ "README.md": "newer\n" });
  const inputs = { mode: "drift", fix: "true" };
  const late = await runStepHere({ ...scene.step, event: scheduleEvent({ sha }), inputs });
  expect(late.code, late.shown).toBe(0);
  const remark = `Nothing was mended: main is at ${tip.slice(0, 12)}, and this is the run of ${sha.slice(0, 12)}.`;
  expect(late.annotations).toContainEqual(expect.objectContaining({ level: "notice", message: remark }));
  const { token: _, ...anonymous } = scene.step;
  const blind = await runStepHere({ ...anonymous, event: scheduleEvent({ sha: tip }), inputs });
  expect(blind.annotations).toContainEqual(expect.objectContaining({ title: "CREDENTIAL_MISSING" }));
});
