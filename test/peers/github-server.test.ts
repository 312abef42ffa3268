/** The server that stands in for GitHub refuses what is not described, and the description is GitHub's. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { createMovableClock } from "../contracts/store-contract.fixture.ts";
import { OPERATIONS } from "./github-description.fixture.ts";
import { findOperation } from "./github-exchange.fixture.ts";
import { type GitHubServer, startGitHubServer } from "./github-server.fixture.ts";
import { openGitHubVendor } from "./github-vendor.fixture.ts";

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
  ["another path", ["GET", "/user"], "GET /user is no operation"],
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

const vendor = openGitHubVendor();
if (!vendor)
  console.warn("Not compared with GitHub's own description of its API: GITHUB_OPENAPI names no file.");

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
