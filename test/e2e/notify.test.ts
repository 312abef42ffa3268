/**
 * People are told by Slack, webhook and e-mail through the built command line, once each, and by an issue on GitHub that
 * follows what stands; and never a secret.
 */

import { createHmac } from "node:crypto";
import { join } from "node:path";
import { rm, writeFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Notification } from "../../src/core/notification.ts";
import { type MailServer, startMailServer } from "../../src/messages/mail-server.fixture.ts";
import { type Received, type Receiver, startReceiver } from "../../src/notify/receiver.fixture.ts";
import { validatorOf } from "../../src/schema.ts";
import { createMovableClock } from "../contracts/store-contract.fixture.ts";
import type { HostedRepository } from "../peers/github-hosted.fixture.ts";
import { type GitHubServer, startGitHubServer } from "../peers/github-server.fixture.ts";
import { aKeyManifest, createProject, type Project, type Result } from "./project.fixture.ts";

const SLACK_PATH = "/services/T0AAAA/B0BBBB/c2xhY2stc2VjcmV0LXBhdGg";
const BYTES = Buffer.from("0123456789abcdef0123456789abcdef");
const SIGNING = `whsec_${BYTES.toString("base64")}`;
const PASSWORD = "mail-password-0123456789";

interface Scene {
  readonly project: Project;
  readonly slack: Receiver;
  readonly hook: Receiver;
  readonly mail: MailServer;
  run(...args: string[]): Promise<Result>;
}

async function aScene(): Promise<Scene> {
  const [slack, hook, mail] = await Promise.all([
    startReceiver(),
    startReceiver(),
    startMailServer({ password: PASSWORD }),
  ]);
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const config = await project.read("keywright.yaml");
  await project.write({
    "keywright.yaml": `${config}notify:
  - { driver: slack, webhook: { env: SLACK }, events: [drift, run-failed] }
  - { driver: webhook, url: "${hook.origin}/keys", secret: { env: SIGNING } }
  - { driver: email, smtp: { env: SMTP }, from: keys@acme.example, to: [ops@acme.example], events: [drift, recovered] }
`,
  });
  for (const secret of [SLACK_PATH, SIGNING, PASSWORD]) project.watch(secret);
  const env = {
    SLACK: `${slack.origin}${SLACK_PATH}`,
    SIGNING,
    SMTP: `smtp://keys:${PASSWORD}@localhost:${mail.port}`,
  };
  return { project, slack, hook, mail, run: (...args) => project.run(args, { env }) };
}

const spoil = ({ project }: Scene): Promise<void> =>
  writeFile(join(project.directory, ".keywright/secrets/ci/scanner"), "spoiled-by-hand");

const bodiesOf = ({ hook }: Scene): readonly Notification[] =>
  hook.received.map(({ body }) => JSON.parse(body) as Notification);

const typesOf = (scene: Scene): readonly string[] =>
  bodiesOf(scene).map(({ type, items }) => `${type} ${items.map(({ key }) => key).join(" ")}`);

const counts = ({ slack, hook, mail }: Scene): readonly number[] => [
  slack.received.length,
  hook.received.length,
  mail.mails.length,
];

/** As a receiver does it, after the Standard Webhooks convention. */
function isSigned({ headers, body }: Received): boolean {
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  return headers["webhook-signature"] === `v1,${createHmac("sha256", BYTES).update(signed).digest("base64")}`;
}

const DRIFT = "sink-stale/ApiKey/scanner/g1";

test("drift is told once to each channel, however many look, and its end to those that want it", async () => {
  const scene = await aScene();
  expect(await scene.run("apply", "--yes")).toMatchObject({ code: 0 });
  await spoil(scene);
  expect(await scene.run("drift", "--no-notify")).toMatchObject({ code: 2 });
  expect(counts(scene)).toEqual([0, 0, 0]);
  const looks = await Promise.all([scene.run("drift"), scene.run("drift")]);
  expect(looks.map(({ code }) => code)).toEqual([2, 2]);
  expect(counts(scene)).toEqual([1, 1, 1]);
  expect(scene.slack.received[0]?.path).toBe(SLACK_PATH);
  expect(scene.slack.received[0]?.body).toContain("sink-stale: scanner");
  expect(scene.mail.mails[0]?.source).toMatch(/^Subject: acme: drift, 1 finding\r$/m);
  expect(await scene.run("drift", "--fix", "--yes")).toMatchObject({ code: 0 });
  expect(counts(scene)).toEqual([1, 2, 2]);
  expect(typesOf(scene)).toEqual([`drift-found ${DRIFT}`, `drift-recovered ${DRIFT}`]);
  expect(scene.hook.received.every(isSigned)).toBe(true);
  const validate = validatorOf("Notification");
  for (const body of bodiesOf(scene)) expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
  expect(await scene.project.leaks()).toEqual([]);
});

test("a run that fails is told once, and once that it works again; a channel that is down changes nothing", async () => {
  const scene = await aScene();
  const { project } = scene;
  await project.write({ "keys/broken.yaml": "kind: Nonsense\n" });
  expect(await scene.run("apply", "--yes")).toMatchObject({ code: 1 });
  expect(await scene.run("apply", "--yes")).toMatchObject({ code: 1 });
  expect(typesOf(scene)).toEqual(["run-failed run/apply/INPUT_INVALID"]);
  await project.write({ "keys/broken.yaml": null });
  const mended = await project.run(["apply", "--yes"], { env: { SIGNING: "none", SMTP: "" } });
  expect(mended).toMatchObject({ code: 0 });
  expect(mended.err).toContain('"acme: 1 thing done after all" could not be sent by webhook');
  expect(await scene.run("apply", "--yes")).toMatchObject({ code: 0 });
  expect(typesOf(scene)).toEqual([
    "run-failed run/apply/INPUT_INVALID",
    "run-recovered run/apply/INPUT_INVALID",
  ]);
  expect(counts(scene)).toEqual([1, 2, 0]);
  expect(await project.leaks()).toEqual([]);
});

// ── One issue on GitHub ──────────────────────────────────────────────────────────────────────────────────

const TOKEN = "ghs_e2eIssueToken0123456789";

interface IssueScene {
  readonly project: Project;
  readonly server: GitHubServer;
  readonly hosted: HostedRepository;
  readonly run: (...args: readonly string[]) => Promise<Result>;
}

async function anIssueScene(): Promise<IssueScene> {
  const server = await startGitHubServer({ clock: createMovableClock() });
  onTestFinished(() => server.close());
  const hosted = server.host("acme/keys");
  server.accounts.tokens.set(TOKEN, { type: "workflow", permissions: { issues: "write" } });
  const project = await createProject({
    "keys/scanner.yaml": aKeyManifest("scanner"),
    "keys/reader.yaml": aKeyManifest("reader"),
  });
  const config = await project.read("keywright.yaml");
  await project.write({
    "keywright.yaml": `${config}notify:
  - { driver: github-issue, repository: acme/keys, url: "${server.url}", credential: { env: TOKEN } }
`,
  });
  project.watch(TOKEN);
  const env = {
    TOKEN,
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_REPOSITORY: "acme/keys",
    GITHUB_RUN_ID: "17",
  };
  return { project, server, hosted, run: (...args) => project.run(args, { env }) };
}

const slotOf = ({ project }: IssueScene, key: string): string =>
  join(project.directory, ".keywright/secrets/ci", key);

const commentsOf = ({ hosted }: IssueScene): readonly string[] =>
  hosted.issues.comments(1).map(({ body }) => body.replaceAll("\n\n", "\n"));

const RUN = "https://github.example/acme/keys/actions/runs/17";

test("drift opens the issue, more of it changes it, its mending closes it, and it comes back as the same one", async () => {
  const scene = await anIssueScene();
  const { hosted, server, run } = scene;
  expect(await run("apply", "--yes")).toMatchObject({ code: 0 });
  expect(await run("drift")).toMatchObject({ code: 0, err: "" });
  expect(server.requests.filter(({ method }) => method !== "GET")).toEqual([]);

  await writeFile(slotOf(scene, "scanner"), "spoiled-by-hand");
  const looks = await Promise.all([run("drift"), run("drift")]);
  expect(looks.map(({ code, err }) => `${code} ${err}`)).toEqual(["2 ", "2 "]);
  const [issue] = hosted.issues.all();
  expect(issue).toMatchObject({
    title: "Keywright: acme is not as declared",
    state: "open",
    labels: ["keywright-drift"],
    user: { login: "github-actions[bot]" },
  });
  expect(issue?.body).toContain("**1 finding of drift, of which `keywright drift --fix` mends 1.**");
  expect(issue?.body).toContain("| `keywright drift --fix` | `scanner` |");
  expect(issue?.body).toMatch(
    new RegExp(`Last changed by \\[this run\\]\\(<${RUN}>\\)\\.\\n\\n<!-- keywright:drift acme -->\\n$`),
  );

  const writes = () => server.requests.filter(({ method }) => method !== "GET").length;
  const before = writes();
  await run("drift");
  expect(writes()).toBe(before);

  await rm(slotOf(scene, "reader"));
  await run("drift");
  expect(hosted.issues.get(1).body).toContain("**2 findings of drift");
  expect(commentsOf(scene)).toEqual([
    expect.stringMatching(/^\n?\*\*New\*\*\n- sink-stale: reader: .*\n\[The run\]/),
  ]);

  expect(await run("drift", "--fix", "--yes")).toMatchObject({ code: 0 });
  expect(hosted.issues.get(1)).toMatchObject({ state: "closed", stateReason: "completed" });
  expect(commentsOf(scene)[1]).toMatch(
    /^\*\*All is as it should be\.\*\*\n\*\*Over\*\*\n- sink-stale: reader: .*\n- sink-stale: scanner: /,
  );

  await writeFile(slotOf(scene, "scanner"), "spoiled-again");
  await run("drift");
  expect(hosted.issues.all().map(({ number, state }) => `${number} ${state}`)).toEqual(["1 open"]);
  expect(await scene.project.leaks()).toEqual([]);
});

test("a credential that may not write issues fails no check: the log says what it lacks, and the next check tries again", async () => {
  const scene = await anIssueScene();
  const { hosted, server, project, run } = scene;
  await project.write({ "keys/broken.yaml": "kind: Nonsense\n" });
  server.accounts.tokens.set(TOKEN, { type: "workflow", permissions: { issues: "read" } });
  const refused = await run("drift");
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.err).toContain(
    "what stands could not be shown by github-issue, which the next run tries again",
  );
  expect(refused.err).toContain("`issues: write`");
  const none = await project.run(["drift"]);
  expect(none.err).toContain("the environment variable TOKEN");
  server.accounts.tokens.set(TOKEN, { type: "workflow", permissions: { issues: "write" } });
  expect(await run("drift")).toMatchObject({ code: 1 });
  expect(hosted.issues.get(1).body).toContain("keywright drift ended with INPUT&#95;INVALID");
  await project.write({ "keys/broken.yaml": null });
  expect(await run("apply", "--yes")).toMatchObject({ code: 0 });
  expect(await run("drift")).toMatchObject({ code: 0 });
  expect(hosted.issues.get(1).state).toBe("closed");
  expect(await project.leaks()).toEqual([]);
});
