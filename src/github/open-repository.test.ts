/** Credentials, addresses and names, and what is said of a GitHub that cannot be asked. */

import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { createMovableClock } from "../../test/contracts/store-contract.fixture.ts";
import { Secret } from "../core/secret.ts";
import { branchTip } from "./branch-tip.ts";
import { openRepository } from "./open-repository.ts";
import { faultOf, onGitHub, sharedGit } from "./repository.fixture.ts";

const token = { type: "token", token: Secret.of("ghs_test") } as const;
const clock = createMovableClock();

test.each(["acme", "acme/..", "acme/keys/x", "../acme/keys", "acme/ke ys", "/acme/keys", "acme/keys?x"])(
  "%j is refused as the name of a repository",
  async (name) => {
    expect((await faultOf(openRepository({ name, auth: token, clock }))).code).toBe("INPUT_INVALID");
  },
);

test("G6: a token goes to no address without TLS", async () => {
  const options = { url: "http://github.example", name: "acme/keys", auth: token, clock };
  expect((await faultOf(openRepository(options))).code).toBe("INPUT_INVALID");
});

test("a token that GitHub does not know is told, and stands in no message", async () => {
  const unknown = { type: "token", token: Secret.of("ghs_unknown_to_github") } as const;
  const { repository } = await onGitHub({}, {}, { auth: unknown });
  const fault = await faultOf(branchTip(repository, "main"));
  expect([fault.code, fault.hint]).toEqual([
    "GITHUB_FORBIDDEN",
    expect.stringContaining("the credential for GitHub"),
  ]);
  expect(`${fault.message} ${fault.hint}`).not.toContain("ghs_unknown");
});

test("a GitHub App is known by its slug, and hears of its token", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = Secret.of(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  const heard: Secret[] = [];
  const { repository, server } = await onGitHub(
    {},
    {},
    { auth: { type: "app", id: "4711", privateKey: pem }, onToken: (each) => void heard.push(each) },
  );
  const access = { type: "integration", permissions: { contents: "read" }, login: "keys-app[bot]" } as const;
  const installations = new Map([["acme", { id: 31, access }]]);
  server.accounts.apps.set("4711", { id: "4711", slug: "keys-app", publicKey, installations });
  expect(await repository.login()).toBe("keys-app[bot]");
  expect(await branchTip(repository, "main")).toBe(sharedGit().tip("main"));
  expect(heard).toHaveLength(1);
});

test("who we are is asked once, and again after it could not be told", async () => {
  const { repository, server, asked } = await onGitHub({ type: "personal", login: "octo-cat" });
  server.interfere(() => ({ status: 500, body: {} }));
  expect((await faultOf(repository.login())).code).toBe("GITHUB_FAILED");
  server.interfere(() => undefined);
  asked();
  expect([await repository.login(), await repository.login()]).toEqual(["octo-cat", "octo-cat"]);
  expect(asked()).toEqual(["GET /user"]);
});

test("readings are tried again, and in the end it is said what GitHub answered", async () => {
  const { repository, server, asked } = await onGitHub();
  server.interfere(() => ({ status: 503, body: {} }));
  const fault = await faultOf(branchTip(repository, "main"));
  expect(asked()).toHaveLength(3);
  expect([fault.code, fault.message]).toEqual([
    "GITHUB_FAILED",
    expect.stringMatching(
      /^Could not read branch main of acme\/keys: GitHub at 127\.0\.0\.1:\d+ cannot be read: it answered 503\.$/,
    ),
  ]);
  expect(`${fault.message} ${fault.hint}`).not.toContain("store");
});

test("G9: what GitHub says reaches a message without control characters", async () => {
  const { repository, server } = await onGitHub();
  server.interfere(() => ({ status: 422, body: { message: "no\u001b[31m\n::error::x\u202e" } }));
  const fault = await faultOf(branchTip(repository, "main"));
  expect(fault.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test("a repository that was renamed is told as such, and no redirect is followed", async () => {
  const { repository, server, asked } = await onGitHub();
  const found = server.accounts.repositories.get("acme/keys");
  if (found) found.movedTo = 7;
  const fault = await faultOf(branchTip(repository, "main"));
  expect([fault.code, fault.hint]).toEqual([
    "GITHUB_FAILED",
    expect.stringContaining("renamed or transferred"),
  ]);
  expect(asked()).toHaveLength(1);
});

test("whoever stops a run ends its readings", async () => {
  const { server } = await onGitHub();
  const stopped = AbortSignal.abort();
  const options = { url: server.url, name: "acme/keys", auth: token, clock, signal: stopped };
  const repository = await openRepository(options);
  expect((await faultOf(branchTip(repository, "main"))).code).toBe("INTERRUPTED");
  await repository.close();
});
