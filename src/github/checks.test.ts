/** Checks with any number of annotations and statuses, on a GitHub that stumbles between two requests of one check. */

import { expect, test } from "vitest";
import type { Interference } from "../../test/peers/github-server.fixture.ts";
import type { Annotation } from "./annotation.ts";
import { checkRunsOf } from "./check-runs-of.ts";
import { createCheckRun, type NewCheckRun } from "./create-check-run.ts";
import { faultOf, onGitHub, sharedGit } from "./repository.fixture.ts";
import { setCommitStatus } from "./set-commit-status.ts";

const headSha = (): string => sharedGit().tip("feature") ?? "";

const aCheck = (fields: Partial<NewCheckRun> = {}): NewCheckRun => ({
  name: "Keywright plan (prod)",
  headSha: headSha(),
  externalId: "keywright:v1:prod:abc",
  conclusion: "success",
  title: "2 changes",
  summary: "One key is created, one rotated.",
  annotations: [],
  ...fields,
});

const annotations = (count: number): readonly Annotation[] =>
  Array.from({ length: count }, (_, n) => ({
    path: "keys.yaml",
    startLine: n + 1,
    level: "warning",
    message: `line ${n + 1}`,
  }));

const lines = (found: readonly { readonly start_line: number }[] = []): readonly number[] =>
  found.map((each) => each.start_line);
const counted = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

test("a check says what it was given, of the App whose token made it", async () => {
  const { repository, hosted } = await onGitHub();
  const text = "the lines";
  const made = await createCheckRun(repository, aCheck({ text, detailsUrl: "https://ci.example/1" }));
  expect(made.url).toMatch(/^https:/);
  expect(hosted.checks.runs).toMatchObject([
    {
      status: "completed",
      conclusion: "success",
      title: "2 changes",
      text,
      detailsUrl: "https://ci.example/1",
    },
  ]);
  expect(await checkRunsOf(repository, headSha(), "Keywright plan (prod)")).toEqual([
    {
      id: made.id,
      externalId: "keywright:v1:prod:abc",
      appSlug: "github-actions",
      conclusion: "success",
      title: "2 changes",
      summary: "One key is created, one rotated.",
      text,
      completedAt: "2026-11-21T08:00:00Z",
    },
  ]);
});

test("120 annotations go out in three requests, and all arrive once, in order", async () => {
  const { repository, hosted, asked } = await onGitHub();
  await createCheckRun(repository, aCheck({ annotations: annotations(120) }));
  expect(asked().map((each) => each.split(" ")[0])).toEqual(["POST", "PATCH", "PATCH"]);
  expect(lines(hosted.checks.runs[0]?.annotations)).toEqual(counted(120));
});

test("of more annotations than anybody reads the summary tells how many are left out", async () => {
  const { repository, hosted } = await onGitHub();
  await createCheckRun(repository, aCheck({ annotations: annotations(1_007) }));
  expect(hosted.checks.runs[0]?.annotations).toHaveLength(1_000);
  expect(hosted.checks.runs[0]?.summary).toMatch(/7 further annotations are left out\.$/);
});

test.each<[string, Partial<Annotation>, object | undefined]>([
  ["a path that begins with ./", { path: "./a/b.yaml" }, { path: "a/b.yaml" }],
  ["a path out of the repository", { path: "../b.yaml" }, undefined],
  ["an absolute path", { path: "/etc/passwd" }, undefined],
  ["a path of Windows", { path: "a\\b.yaml" }, undefined],
  ["no path", { path: "" }, undefined],
  ["line 0", { startLine: 0 }, undefined],
  ["an end before its beginning", { startLine: 4, endLine: 3 }, undefined],
  ["columns of one line", { startColumn: 2, endColumn: 5 }, { start_column: 2, end_column: 5 }],
  ["columns of several lines", { endLine: 9, startColumn: 2 }, { start_line: 3, end_line: 9 }],
  ["column 0", { startColumn: 0 }, { start_line: 3, end_line: 3 }],
  ["an empty message", { message: "" }, { message: "(no message)" }],
])("%s of an annotation breaks nothing", async (_name, fields, expected) => {
  const { repository, hosted } = await onGitHub();
  const annotation: Annotation = {
    path: "keys.yaml",
    startLine: 3,
    level: "failure",
    message: "no",
    ...fields,
  };
  await createCheckRun(repository, aCheck({ annotations: [annotation] }));
  const [run] = hosted.checks.runs;
  expect(run?.annotations).toMatchObject(expected ? [expected] : []);
  expect(run?.summary?.endsWith("1 further annotations are left out.")).toBe(expected === undefined);
});

test("what is longer than GitHub takes is cut, and no character is cut in two", async () => {
  const { repository, hosted } = await onGitHub();
  const long = "🔑".repeat(40_000);
  const annotation = {
    path: "keys.yaml",
    startLine: 1,
    level: "notice",
    message: long,
    title: long,
  } as const;
  await createCheckRun(
    repository,
    aCheck({ title: long, summary: long, text: long, annotations: [annotation] }),
  );
  const [run] = hosted.checks.runs;
  const [shown] = run?.annotations ?? [];
  expect([run?.title, run?.summary, run?.text, shown?.title].map((each) => each?.length)).toEqual([
    255, 65_535, 65_535, 255,
  ]);
  expect(Buffer.byteLength(shown?.message ?? "")).toBeLessThanOrEqual(64 * 1024);
  for (const text of [run?.summary, shown?.message]) expect(text).toMatch(/^(🔑)+…$/u);
});

test.each<[string, Interference]>([
  ["was carried out, and the line was cut", { late: "cut" }],
  ["was not carried out, and answered with 502", { status: 502, body: {} }],
])("a check whose making %s is there once, with its annotations", async (_name, how) => {
  const { repository, server, hosted } = await onGitHub();
  let isOver = false;
  server.interfere(({ method }) => {
    if (isOver || method !== "POST") return undefined;
    isOver = true;
    return how;
  });
  await createCheckRun(repository, aCheck({ annotations: annotations(70) }));
  expect(hosted.checks.runs).toHaveLength(1);
  expect(lines(hosted.checks.runs[0]?.annotations)).toEqual(counted(70));
});

test.each<[string, Interference]>([
  ["carried out", { late: "cut" }],
  ["not carried out", { status: 502, body: {} }],
])("annotations whose sending was %s unheard arrive once", async (_name, how) => {
  const { repository, server, hosted } = await onGitHub();
  let isOver = false;
  server.interfere(({ method }) => {
    if (isOver || method !== "PATCH") return undefined;
    isOver = true;
    return how;
  });
  await createCheckRun(repository, aCheck({ annotations: annotations(120) }));
  expect(lines(hosted.checks.runs[0]?.annotations)).toEqual(counted(120));
});

test("when GitHub keeps failing, that is said", async () => {
  const { repository, server } = await onGitHub();
  server.interfere(({ method }) => (method === "POST" ? { status: 500, body: {} } : undefined));
  expect((await faultOf(createCheckRun(repository, aCheck()))).code).toBe("GITHUB_FAILED");
});

test("a token that may not report checks is told the permission that it lacks", async () => {
  const { repository } = await onGitHub({ permissions: { checks: "read" } });
  const fault = await faultOf(createCheckRun(repository, aCheck()));
  expect([fault.code, fault.hint]).toEqual(["GITHUB_FORBIDDEN", expect.stringContaining("`checks: write`")]);
});

test("all runs of a check are told, latest first, and those of other names and Apps apart", async () => {
  const { repository, hosted, server } = await onGitHub();
  const first = await createCheckRun(repository, aCheck());
  const second = await createCheckRun(repository, aCheck({ conclusion: "failure" }));
  await createCheckRun(repository, aCheck({ name: "other" }));
  const stranger = server.people.of("other-app[bot]");
  hosted.checks.add({ name: "Keywright plan (prod)", head_sha: headSha(), status: "queued" }, stranger);
  const found = await checkRunsOf(repository, headSha(), "Keywright plan (prod)");
  expect(found.map(({ appSlug, conclusion }) => [appSlug, conclusion])).toEqual([
    ["other-app", undefined],
    ["github-actions", "failure"],
    ["github-actions", "success"],
  ]);
  expect(found.slice(1).map(({ id }) => id)).toEqual([second.id, first.id]);
});

test("an earlier check that says the same does not stand for one that was not made after another", async () => {
  const { repository, server, hosted } = await onGitHub();
  const first = await createCheckRun(repository, aCheck());
  await createCheckRun(repository, aCheck({ title: "3 changes" }));
  let isOver = false;
  server.interfere(({ method }) => {
    if (isOver || method !== "POST") return undefined;
    isOver = true;
    return { status: 502, body: {} };
  });
  expect((await createCheckRun(repository, aCheck())).id).toBeGreaterThan(first.id);
  expect(hosted.checks.runs.map(({ title }) => title)).toEqual(["2 changes", "3 changes", "2 changes"]);
});

const APPLIED = { context: "keywright/apply (prod)", state: "success", description: "2 changes" } as const;

test("a status stands at its commit, and a later one of its context takes its place", async () => {
  const { repository, hosted } = await onGitHub();
  await setCommitStatus(repository, { sha: headSha(), ...APPLIED, state: "pending" });
  await setCommitStatus(repository, { sha: headSha(), ...APPLIED, targetUrl: "https://ci.example/1" });
  expect(hosted.checks.status(headSha(), APPLIED.context)).toMatchObject({
    state: "success",
    description: "2 changes",
    targetUrl: "https://ci.example/1",
  });
});

test("a description is cut at 140 characters", async () => {
  const { repository, hosted } = await onGitHub();
  await setCommitStatus(repository, { sha: headSha(), ...APPLIED, description: "x".repeat(200) });
  expect(hosted.checks.statuses[0]?.description).toBe(`${"x".repeat(139)}…`);
});

test("a status is sent again when GitHub stumbles", async () => {
  const { repository, server, hosted } = await onGitHub();
  let left = 2;
  server.interfere(() => ((left -= 1) >= 0 ? { status: 503, body: {} } : undefined));
  await setCommitStatus(repository, { sha: headSha(), ...APPLIED });
  expect(hosted.checks.statuses).toHaveLength(1);
});

test("a commit that is not there, and a token that may set no status, are told as such", async () => {
  const { repository, server } = await onGitHub();
  const missing = await faultOf(setCommitStatus(repository, { sha: "d".repeat(40), ...APPLIED }));
  expect([missing.code, missing.message]).toEqual(["GITHUB_FAILED", expect.stringContaining("(422)")]);
  server.accounts.tokens.set("ghs_test", { type: "workflow", permissions: {} });
  const forbidden = await faultOf(setCommitStatus(repository, { sha: headSha(), ...APPLIED }));
  expect([forbidden.code, forbidden.hint]).toEqual([
    "GITHUB_FORBIDDEN",
    expect.stringContaining("`statuses: write`"),
  ]);
});
