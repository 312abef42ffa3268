import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { pullEvent, pushEvent, scheduleEvent, type StartingEvent } from "../../test/action/events.fixture.ts";
import { buildRunContext, readRunContext, runUrlOf } from "./run-context.ts";

const [MERGE, HEAD, BASE] = ["c", "a", "b"].map((digit) => digit.repeat(40)) as [string, string, string];

const variables = ({ name, sha, ref }: StartingEvent): Record<string, string> => ({
  GITHUB_EVENT_NAME: name,
  GITHUB_REPOSITORY: "acme/keys",
  GITHUB_SHA: sha,
  GITHUB_REF: ref,
  GITHUB_WORKSPACE: "/home/runner/keys",
  RUNNER_TEMP: "/home/runner/temp",
  GITHUB_API_URL: "https://api.github.com",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_RUN_ID: "4711",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_ACTOR: "dependabot[bot]",
});

const PULL = pullEvent({ mergeSha: MERGE, headSha: HEAD, baseSha: BASE });

const contextOf = (event: StartingEvent, over: Record<string, string> = {}) =>
  buildRunContext({ ...variables(event), ...over }, event.payload);

test("a pull request's run knows its commits, its branches and its repository", () => {
  expect(contextOf(PULL)).toEqual({
    event: "pull_request",
    repository: "acme/keys",
    sha: MERGE,
    ref: "refs/pull/7/merge",
    workspace: "/home/runner/keys",
    temp: "/home/runner/temp",
    apiUrl: "https://api.github.com",
    serverUrl: "https://github.com",
    runId: "4711",
    runAttempt: 2,
    actor: "dependabot[bot]",
    defaultBranch: "main",
    pull: {
      number: 7,
      headSha: HEAD,
      headRef: "change",
      headRepository: "acme/keys",
      baseRef: "main",
      baseSha: BASE,
      isFork: false,
      isClosed: false,
    },
  });
  expect(runUrlOf(contextOf(PULL))).toBe("https://github.com/acme/keys/actions/runs/4711/attempts/2");
});

test("a run that is started again is of who did that", () => {
  const again = { GITHUB_TRIGGERING_ACTOR: "octocat" };
  expect(contextOf(PULL, again).actor).toBe("octocat");
  expect(contextOf(PULL, { GITHUB_TRIGGERING_ACTOR: "" }).actor).toBe("dependabot[bot]");
  expect(() => contextOf(PULL, { GITHUB_TRIGGERING_ACTOR: "a\nb" })).toThrow("GITHUB_TRIGGERING_ACTOR");
});

const from = (headRepository: string | null) =>
  contextOf(pullEvent({ mergeSha: MERGE, headSha: HEAD, baseSha: BASE, headRepository })).pull;

test("C1: whatever does not surely come from the repository itself is a fork's", () => {
  expect(from("somebody/keys")).toMatchObject({ isFork: true, headRepository: "somebody/keys" });
  expect(from(null)).toMatchObject({ isFork: true });
  expect(from("ACME/keys")).toMatchObject({ isFork: false });
});

test("a schedule's event has no repository, and runs on its default branch", () => {
  expect(contextOf(scheduleEvent({ sha: BASE }))).toMatchObject({ event: "schedule", defaultBranch: "main" });
  const push = pushEvent({ sha: BASE });
  expect(() => contextOf({ ...push, payload: { ...(push.payload as object), repository: null } })).toThrow(
    "the event push names no repository",
  );
});

const withPull = (change: object): StartingEvent => {
  const payload = PULL.payload as { readonly pull_request: object };
  return { ...PULL, payload: { ...payload, pull_request: { ...payload.pull_request, ...change } } };
};

const badEvents: readonly (readonly [string, StartingEvent])[] = [
  ["a number that is none", withPull({ number: "7" })],
  ["a commit that is an option", withPull({ head: { sha: "--upload-pack=x", ref: "a", repo: null } })],
  ["a branch with a line break", withPull({ base: { sha: BASE, ref: "main\nmain", repo: null } })],
  [
    "a head repository that leads elsewhere",
    withPull({ head: { sha: HEAD, ref: "a", repo: { full_name: "../x" } } }),
  ],
  [
    "fields that only its prototype has",
    withPull({ base: Object.create({ sha: BASE, ref: "main" }) as object }),
  ],
  ["a default branch that is a list", { ...PULL, payload: { repository: { default_branch: ["main"] } } }],
  ["no fields at all", { ...PULL, payload: [] }],
];

test.each(badEvents)("an event with %s ends the run", (_name, event) => {
  expect(() => contextOf(event)).toThrow(expect.objectContaining({ code: "CONTEXT_INVALID" }));
});

const badVariables: readonly (readonly [string, string])[] = [
  ["GITHUB_SHA", "main"],
  ["GITHUB_SHA", ""],
  ["GITHUB_REF", "main"],
  ["GITHUB_REF", "refs/heads/a\nb"],
  ["GITHUB_REPOSITORY", "acme/keys/../../x"],
  ["GITHUB_WORKSPACE", "keys"],
  ["GITHUB_API_URL", "file:///etc/passwd"],
  ["GITHUB_RUN_ID", "4711/../.."],
  ["GITHUB_EVENT_NAME", "push::error"],
];

test.each(badVariables)("the variable %s is not believed when it is %j", (name, value) => {
  expect(() => contextOf(PULL, { [name]: value })).toThrow(name);
});

test("an event is read from its file, when it is JSON and not too large", async () => {
  const directory = mkdtempSync(join(tmpdir(), "keywright-event-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "event.json");
  const env = { ...variables(PULL), GITHUB_EVENT_PATH: file };
  await expect(readRunContext(env)).rejects.toMatchObject({ code: "CONTEXT_INVALID" });
  writeFileSync(file, JSON.stringify(PULL.payload));
  expect((await readRunContext(env)).pull?.number).toBe(7);
  writeFileSync(file, "{");
  await expect(readRunContext(env)).rejects.toThrow("cannot be read as JSON");
  truncateSync(file, 25 * 1024 * 1024 + 1);
  await expect(readRunContext(env)).rejects.toThrow("larger than 25 MiB");
});
