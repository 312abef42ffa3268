/** The server that stands in for GitHub refuses what is not described, and the description is GitHub's. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { createMovableClock } from "../contracts/store-contract.fixture.ts";
import { OPERATIONS } from "./github-description.fixture.ts";
import { findOperation } from "./github-exchange.fixture.ts";
import { type GitHubServer, startGitHubServer } from "./github-server.fixture.ts";
import { openGitHubVendor } from "./github-vendor.fixture.ts";
import { OFTEN_CUT } from "./github-work-description.fixture.ts";

const SECRET = "/repos/acme/scanner/actions/secrets/T";
const SEALED = { encrypted_value: "c2VhbGVk", key_id: "1" };

let github: GitHubServer;

beforeEach(async () => {
  github = await startGitHubServer({ clock: createMovableClock() });
  github.accounts.addRepository("acme/scanner", ["production"]);
  github.accounts.tokens.set("token", { type: "personal", permissions: { secrets: "write" } });
});
afterEach(() => github.close());

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${github.url}${path}`, {
    method,
    redirect: "manual",
    headers: { authorization: "Bearer token", "user-agent": "test" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, breaches: github.takeBreaches().join("\n") };
}

test.each<readonly [string, readonly [method: string, path: string, body?: unknown], string]>([
  [
    "a field that GitHub would drop",
    ["PUT", SECRET, { ...SEALED, value: "x" }],
    "additional properties (value)",
  ],
  ["a field that lacks", ["PUT", SECRET, { key_id: "1" }], "required property 'encrypted_value'"],
  ["a value that is not sealed", ["PUT", SECRET, { ...SEALED, encrypted_value: "a b" }], "/encrypted_value"],
  ["no body where there is to be one", ["PUT", SECRET], "must be object"],
  ["a body where there is to be none", ["DELETE", SECRET, {}], "is to have no body"],
  ["a parameter", ["GET", `${SECRET}?per_page=1`], "there is no query parameter per_page"],
  ["another method", ["PATCH", SECRET, {}], `PATCH ${SECRET} is no operation`],
  ["another path", ["GET", "/emojis"], "GET /emojis is no operation"],
])("%s is a breach", async (_name, asked, breach) => {
  const { status, breaches } = await ask(...asked);
  expect([status, breaches]).toEqual([500, expect.stringContaining(breach)]);
});

test.each([
  ["what is there", "/repos/acme/scanner", 200],
  ["an environment", "/repos/acme/scanner/environments/production", 200],
  ["what is not there", SECRET, 404],
  ["what is elsewhere now", "/repos/acme/old", 301],
])("%s is answered as described", async (_name, path, status) => {
  github.accounts.addRepository("acme/old").movedTo = 1000;
  expect(await ask("GET", path)).toEqual({ status, breaches: "" });
});

test("an answer that GitHub would not give is a fault", () => {
  const operation = findOperation("GET", SECRET);
  const time = "2026-11-21T08:00:00Z";
  const answer = { name: "T", created_at: time, updated_at: time };
  expect(operation?.answerFaults(200, answer)).toEqual([]);
  expect(operation?.answerFaults(200, { ...answer, value: "x" })).not.toEqual([]);
  expect(operation?.answerFaults(200, { ...answer, updated_at: "now" })).not.toEqual([]);
  expect(operation?.answerFaults(200, { name: "T" })).not.toEqual([]);
  expect(operation?.answerFaults(204, undefined)).not.toEqual([]);
});

test("a public key is none of the secrets", () => {
  expect(findOperation("GET", "/orgs/acme/actions/secrets/public-key")?.id).toBe(
    "actions/get-org-public-key",
  );
});

const WORKFLOW = {
  type: "workflow",
  permissions: { issues: "write", pull_requests: "read" },
} as const;

async function asWorkflow(method: string, path: string, body?: unknown) {
  github.accounts.tokens.set("token", WORKFLOW);
  const answer = await fetch(`${github.url}/repos/acme/keys${path}`, {
    method,
    headers: { authorization: "Bearer token", "user-agent": "test" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, link: answer.headers.get("link"), body: await answer.json() };
}

test("an issue is opened, found by state, label and creator, told more, and closed", async () => {
  const { issues } = github.host("acme/keys");
  issues.open({ title: "by hand", labels: ["drift"] }, "alice");
  const opened = await asWorkflow("POST", "/issues", { title: "Drift", body: "x", labels: ["Drift", "new"] });
  expect([opened.status, opened.body]).toMatchObject([
    201,
    {
      number: 2,
      user: { login: "github-actions[bot]", type: "Bot" },
      labels: [{ name: "drift" }, { name: "new" }],
    },
  ]);
  const mine = "/issues?state=open&labels=drift&creator=github-actions%5Bbot%5D";
  expect((await asWorkflow("GET", mine)).body).toMatchObject([{ number: 2, state: "open" }]);
  expect((await asWorkflow("POST", "/issues/2/comments", { body: "still" })).status).toBe(201);
  const closed = await asWorkflow("PATCH", "/issues/2", { state: "closed", state_reason: "completed" });
  expect(closed.body).toMatchObject({ state: "closed", state_reason: "completed", comments: 1 });
  expect((await asWorkflow("GET", mine)).body).toEqual([]);
});

test("a long list is given page by page, and a label that is there is not made again", async () => {
  const { issues } = github.host("acme/keys");
  for (let n = 0; n < 5; n += 1) issues.open({ title: `${n}` }, "alice");
  const first = await asWorkflow("GET", "/issues?per_page=2&page=1&direction=asc");
  expect(first).toMatchObject({ body: [{ number: 1 }, { number: 2 }] });
  expect(first.link).toMatch(/^<http:.*page=2.*>; rel="next"$/);
  const last = await asWorkflow("GET", "/issues?per_page=2&page=3&direction=asc");
  expect(last).toMatchObject({ body: [{ number: 5 }], link: null });
  const statuses = [];
  for (const name of ["drift", "Drift"])
    statuses.push((await asWorkflow("POST", "/labels", { name })).status);
  expect(statuses).toEqual([201, 422]);
});

test("a permission that the token lacks is named, and who is no App makes no check", async () => {
  const { git } = github.host("acme/keys");
  expect(git.tip("main")).toBeUndefined();
  const check = { name: "x", head_sha: "a".repeat(40) };
  expect(await asWorkflow("POST", "/check-runs", check)).toMatchObject({
    status: 403,
    body: { message: "Resource not accessible by integration" },
  });
  github.accounts.tokens.set("token", { type: "personal", permissions: { checks: "write" } });
  expect((await ask("POST", "/repos/acme/keys/check-runs", check)).status).toBe(403);
});

const vendor = openGitHubVendor();
if (!vendor)
  console.warn("Not compared with GitHub's own description of its API: GITHUB_OPENAPI names no file.");
const cut = OFTEN_CUT.filter((each) => vendor?.isCut(each)).map(({ id }) => id);
if (cut.length > 0)
  console.warn(`Not compared, for GitHub's description at hand was cut down: ${cut.join(", ")}.`);

test.skipIf(!vendor)(
  "GitHub's own description knows every operation and field, and promises what is relied on",
  () => {
    expect(OPERATIONS.flatMap((each) => vendor?.disagreements(each))).toEqual([]);
  },
);

test.skipIf(!vendor)("GitHub's own description has teeth too", () => {
  const described = OPERATIONS.find(({ id }) => id === "actions/create-or-update-org-secret");
  if (!vendor || !described) throw new Error("there is no such operation");
  const [none, body] = [new URLSearchParams(), { ...SEALED, visibility: "all" }];
  const faults = [
    vendor.requestFaults(described, none, body),
    vendor.requestFaults(described, none, { ...body, more: 1 }),
    vendor.requestFaults(described, none, SEALED),
    vendor.requestFaults(described, new URLSearchParams("page=1"), body),
    vendor.answerFaults(described, 201, { more: 1 }),
    vendor.answerFaults(described, 202, {}),
    vendor.disagreements({ ...described, id: "actions/other" }),
    vendor.disagreements({ ...described, template: "/other" }),
    vendor.disagreements({ ...described, query: ["page"], answers: {} }),
    vendor.disagreements({ ...described, body: { properties: { more: {} }, required: ["visibility"] } }),
    vendor.disagreements({ ...described, body: {} }),
    vendor.disagreements({ ...described, answers: { 201: { properties: { more: {} } } } }),
  ];
  expect(faults.map((each) => each.length)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
});
