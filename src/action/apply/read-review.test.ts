import { expect, test } from "vitest";
import { aDesiredKey } from "../../core/a-key.fixture.ts";
import { encodeReview } from "../../core/review/review-record.ts";
import { createCheckRun, type NewCheckRun } from "../../github/create-check-run.ts";
import { readPull } from "../../github/read-pull.ts";
import { onGitHub } from "../../github/repository.fixture.ts";
import { readReview } from "./read-review.ts";

const create = {
  action: "create",
  kind: "ApiKey",
  name: "scanner",
  desired: aDesiredKey(),
  reasons: [],
} as const;
const RECORD = encodeReview({ instance: "acme", changes: [create] });

async function aPull() {
  const bench = await onGitHub();
  const pull = await readPull(bench.repository, bench.hosted.pulls.open({ head: "feature" }));
  const report = (over: Partial<NewCheckRun> = {}) =>
    createCheckRun(bench.repository, {
      name: "keywright plan (acme)",
      headSha: pull.headSha,
      conclusion: "success",
      title: "t",
      summary: "s",
      annotations: [],
      ...RECORD,
      ...over,
    });
  const read = (app = "github-actions", mergedAt?: string) => {
    const { signal } = new AbortController();
    const merged = { ...pull, isMerged: true, mergedAt: mergedAt ?? bench.clock.now().toISOString() };
    return readReview({ repository: bench.repository, signal, instance: "acme", app }, merged);
  };
  return { ...bench, pull, report, read };
}

test("what the latest check of the merged commit says is what was reviewed", async () => {
  const { pull, report, read } = await aPull();
  await report(encodeReview({ instance: "acme", changes: [] }));
  await report();
  const { review } = await read();
  expect(review).toMatchObject({
    pull: 1,
    headSha: pull.headSha,
    lines: [expect.stringMatching(/^create ApiKey/)],
  });
});

test("C1: a check of another App, of another name or of another instance is no plan of ours", async () => {
  const { report, read, server } = await aPull();
  expect(await read()).toMatchObject({
    lack: expect.stringContaining('#1 has no check "keywright plan (acme)"'),
  });
  await report({ name: "keywright plan (acme2)" });
  expect(await read()).toMatchObject({ lack: expect.stringContaining("has no check") });
  await report();
  expect(await read("keywright-app")).toMatchObject({
    lack: expect.stringContaining("but for those of other Apps than keywright-app"),
  });
  server.accounts.tokens.set("ghs_test", { type: "integration", permissions: { checks: "write" } });
  await report({ externalId: RECORD.externalId.replace("acme", "other") });
  expect(await read("keywright-app")).toMatchObject({ lack: expect.stringContaining("tells of no plan") });
});

test("a later check that tells of no plan takes the place of one that did", async () => {
  const { report, read } = await aPull();
  await report();
  await report({ externalId: undefined, text: undefined });
  expect(await read()).toMatchObject({ lack: expect.stringContaining("tells of no plan") });
});

test("C1: a plan that was made after the merge is no review: the one before it counts, or none", async () => {
  const { clock, report, read } = await aPull();
  const mergedAt = clock.now().toISOString();
  clock.advance(1_000);
  await report();
  expect(await read(undefined, mergedAt)).toMatchObject({
    lack: expect.stringContaining("but for those that came after the merge"),
  });
  const { review } = await read();
  expect(review?.lines).toHaveLength(1);
  const later = clock.now().toISOString();
  clock.advance(1_000);
  await report(encodeReview({ instance: "acme", changes: [] }));
  expect((await read(undefined, later)).review).toEqual(review);
});
