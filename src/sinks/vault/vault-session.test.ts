/** How the sink gets a token, and what it does when the token has come to its end. */

import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import type { SecretSink } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { openHttpTransport } from "../../http/http-transport.ts";
import { type GithubIssuer, startGithubIssuer } from "../../../test/peers/github-issuer.fixture.ts";
import { sinkPolicy, startVault, type VaultServer } from "../../../test/peers/vault-server.fixture.ts";
import { findSecrets } from "../../../test/canary.fixture.ts";
import { createVaultSink } from "../vault.ts";
import { readGithubIdToken } from "./github-id-token.ts";
import type { VaultLogin } from "./vault-login.ts";

const SLOT = { sink: "vault", path: "ci/scanner", field: "token" };
const SECRET_ID = "secret-id-of-the-test-1c07";
const AUDIENCE = "https://vault.acme.internal";

let now = Date.parse("2026-11-21T08:15:00Z");
const clock = { now: () => new Date(now) };
const tokens: string[] = [];
let vault: VaultServer;

beforeEach(async () => {
  tokens.length = 0;
  vault = await startVault(clock.now);
  const { access } = vault.namespace();
  access.policies.set("sink", sinkPolicy("kv", "*"));
  access.appRoles.push({ roleId: "role-1", secretId: SECRET_ID, policies: ["sink"], ttlSeconds: 600 });
});
afterEach(async () => {
  vault.refuseFaults();
  await vault.close();
});

function openSink(login: VaultLogin): SecretSink {
  const transport = openHttpTransport(vault.url);
  onTestFinished(() => transport.close());
  return createVaultSink({
    transport,
    mount: "kv",
    clock,
    login,
    retryPausesMs: [1],
    onToken: (token) => void tokens.push(token.reveal()),
  });
}

const appRole = (secretId = SECRET_ID, mount = "approle"): VaultLogin => ({
  method: "appRole",
  mount,
  roleId: "role-1",
  readSecretId: async () => Secret.of(secretId),
});

const read = (sink: SecretSink): Promise<unknown> => sink.read(SLOT, "current");

const logins = (): number => vault.seen.filter(({ path }) => path.endsWith("/login")).length;

async function faultOf(work: Promise<unknown>): Promise<KeywrightError> {
  const error = await work.then(
    () => new Error("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  if (isKeywrightError(error)) return error;
  throw error;
}

test("many requests at once share one login, which sends no token", async () => {
  const sink = openSink(appRole());
  await Promise.all(Array.from({ length: 10 }, () => read(sink)));
  expect(logins()).toBe(1);
  const [login, ...others] = vault.seen;
  expect(login).toMatchObject({ path: "/auth/approle/login", token: undefined });
  expect(new Set(others.map(({ token }) => token))).toEqual(new Set(tokens));
});

test("a token is replaced before its end, and not used to the last second", async () => {
  const sink = openSink(appRole());
  await read(sink);
  now += 539_000;
  await read(sink);
  expect(logins()).toBe(1);
  now += 2_000;
  await Promise.all([read(sink), read(sink)]);
  expect(logins()).toBe(2);
  expect(vault.seen.map(({ status }) => status)).not.toContain(403);
});

test("a token that ended early is replaced by one login, for all that ask at once", async () => {
  const sink = openSink(appRole());
  await read(sink);
  vault.namespace().access.revoke(tokens[0] ?? "");
  await Promise.all([read(sink), read(sink), sink.probe(SLOT)]);
  expect(logins()).toBe(2);
});

test("a write that meets the end of its token is made once, with the next one", async () => {
  const sink = openSink(appRole());
  await sink.probe(SLOT);
  const revoke = (): void => vault.namespace().access.revoke(tokens[0] ?? "");
  vault.strike({ method: "POST", path: /\/data\/ci/, meanwhile: revoke });
  const value = Secret.of("value-of-the-test-5f9c20b1");
  const stamp = { key: "scanner", operation: "op1", generation: 1, fingerprint: "fp" };
  expect(await sink.write(SLOT, "current", value, stamp, null)).toMatchObject({ version: "1" });
  expect(logins()).toBe(2);
});

test("a refusal by a policy is no reason to log in again", async () => {
  vault.namespace().access.policies.set("sink", { "kv/data/x": ["read"] });
  const sink = openSink(appRole());
  expect((await faultOf(read(sink))).hint).toContain("The token is good");
  expect(logins()).toBe(1);
});

test("a token that is not known from the start is told as such, not as a mount that is missing", async () => {
  let file = "hvs.mistyped";
  const sink = openSink({ method: "token", readToken: async () => Secret.of(file) });
  const fault = await faultOf(sink.probe(SLOT));
  expect(fault).toMatchObject({ code: "SINK_UNUSABLE" });
  expect(fault.message).toContain("(403): permission denied");
  expect(fault.hint).toContain("does not accept the token");
  file = vault.namespace().access.issue(["default", "sink"]).id;
  await sink.probe(SLOT);
  expect(vault.seen.at(-1)).toMatchObject({ token: file, status: 200 });
});

test("a token of a file is read again when it has ended", async () => {
  const { access } = vault.namespace();
  let file = access.issue(["default", "sink"]).id;
  const sink = openSink({ method: "token", readToken: async () => Secret.of(file) });
  await read(sink);
  access.revoke(file);
  const fault = await faultOf(read(sink));
  expect(fault.message).toContain("(403)");
  expect(fault.hint).toContain("does not accept the token");
  file = access.issue(["default", "sink"]).id;
  await read(sink);
  expect(vault.seen.at(-1)).toMatchObject({ token: file, status: 404 });
});

test.each([
  ["a wrong secret id", appRole("wrong-secret-id-of-the-test"), "(400): invalid role or secret ID"],
  [
    "a mount that is not there",
    appRole(SECRET_ID, "elsewhere"),
    'no handler for route "auth/elsewhere/login"',
  ],
  [
    "a role that is not there",
    { method: "jwt", mount: "jwt", role: "nobody", readJwt: async () => Secret.of("a.b.c") } as const,
    'role "nobody" could not be found',
  ],
])("%s is told, and nothing else is asked", async (_what, login, message) => {
  const sink = openSink(login);
  const fault = await faultOf(sink.probe(SLOT));
  expect(fault).toMatchObject({ code: "SINK_UNUSABLE" });
  expect(fault.message).toContain(message);
  expect(findSecrets(Buffer.from(fault.message), ["wrong-secret-id-of-the-test", SECRET_ID])).toEqual([]);
  expect(vault.seen).toHaveLength(1);
});

test("S2: a login that says back what it was sent, or what it would have given, is not quoted with it", async () => {
  const secretId = "correct-horse-battery-staple";
  const would = "hvs.4f1c9a7702bd4e11";
  vault.strike({
    path: /login/,
    answer: ({ body }) => ({
      status: 400,
      body: JSON.stringify({ errors: [`invalid role: ${body}`, would] }),
    }),
  });
  const fault = await faultOf(read(openSink(appRole(secretId))));
  expect(fault.message).toContain("(400): invalid role");
  expect(findSecrets(Buffer.from(`${fault.stack}`), [secretId, would])).toEqual([]);
});

test("a login that failed is tried again with the next request", async () => {
  const sink = openSink(appRole());
  const answer = { status: 403, body: '{"errors":["permission denied"]}' };
  vault.strike({ path: /login/, answer });
  expect((await faultOf(read(sink))).hint).toContain("the auth method's mount and its role");
  await read(sink);
  expect(logins()).toBe(2);
});

test("a login whose answer is lost is made again", async () => {
  vault.strike({ path: /login/, isDone: true });
  await read(openSink(appRole()));
  expect(logins()).toBe(2);
});

test.each([
  ["a token with a line break", { client_token: "a\r\nx-evil: 1", lease_duration: 60 }],
  ["no token", { lease_duration: 60 }],
  ["no duration", { client_token: "t" }],
])("a login that gives %s is not believed", async (_what, auth) => {
  vault.strike({ path: /login/, answer: { status: 200, body: JSON.stringify({ auth }) } });
  expect((await faultOf(read(openSink(appRole())))).message).toContain("has another shape");
  expect(vault.seen).toHaveLength(1);
});

test("a token without an end is used as long as it is taken", async () => {
  vault.namespace().access.appRoles[0] = {
    roleId: "role-1",
    secretId: SECRET_ID,
    policies: ["sink"],
    ttlSeconds: 0,
  };
  const sink = openSink(appRole());
  await read(sink);
  now += 365 * 86_400_000;
  await read(sink);
  expect(logins()).toBe(1);
});

// ── GitHub Actions ───────────────────────────────────────────────────────────────────────────────────────

async function github(claims: object = { repository: "acme/keys" }): Promise<GithubIssuer> {
  const issuer = await startGithubIssuer(clock.now, claims);
  onTestFinished(() => issuer.close());
  const { access } = vault.namespace();
  access.issuer = issuer.publicKey;
  const bound = { audience: AUDIENCE, claims: { repository: "acme/keys" } };
  access.jwtRoles.set("keywright", { ...bound, policies: ["sink"], ttlSeconds: 900 });
  return issuer;
}

const githubLogin = (
  { requestUrl, requestToken }: Pick<GithubIssuer, "requestUrl" | "requestToken">,
  audience = AUDIENCE,
): VaultLogin => ({
  method: "jwt",
  mount: "jwt",
  role: "keywright",
  readJwt: () =>
    readGithubIdToken({
      requestUrl,
      requestToken: Secret.of(requestToken),
      audience,
      clock,
      retryPausesMs: [1],
    }),
});

test("a job of GitHub Actions logs in with a token of its own, and with a fresh one for each login", async () => {
  const issuer = await github();
  const sink = openSink(githubLogin(issuer));
  await sink.probe(SLOT);
  vault.namespace().access.revoke(tokens[0] ?? "");
  now += 400_000;
  await sink.probe(SLOT);
  expect(logins()).toBe(2);
  expect(new Set(issuer.given).size).toBe(2);
});

test.each([
  ["another audience", AUDIENCE, "https://other.example", { repository: "acme/keys" }, "invalid audience"],
  [
    "another repository",
    AUDIENCE,
    AUDIENCE,
    { repository: "evil/keys" },
    'claim "repository" does not match',
  ],
])("a job with %s is let in nowhere", async (_what, _bound, asked, claims, message) => {
  const sink = openSink(githubLogin(await github(claims), asked));
  expect((await faultOf(sink.probe(SLOT))).message).toContain(message);
});

test("an issuer that stumbles is asked again", async () => {
  const issuer = await github();
  issuer.strike(503, "");
  await openSink(githubLogin(issuer)).probe(SLOT);
  expect(issuer.given).toHaveLength(1);
});

test.each([
  ["refuses", 403, "request token github-request-token-of-the-test", "the issuer answered 403"],
  ["fails", 500, "", "answered 500"],
  ["answers with a page", 200, "<!doctype html>", "is a web page"],
  ["gives no token", 200, '{"value":""}', "has another shape"],
])("an issuer that %s leaves no login, and says what a job needs", async (_what, status, body, message) => {
  const issuer = await github();
  issuer.strike(status, body);
  issuer.strike(status, body);
  const fault = await faultOf(openSink(githubLogin(issuer)).probe(SLOT));
  expect(fault).toMatchObject({ code: "SINK_UNUSABLE", hint: expect.stringContaining("id-token: write") });
  expect(fault.message).toContain(message);
  expect(`${fault.message} ${fault.hint}`).not.toMatch(/key store|store\./i);
  expect(findSecrets(Buffer.from(`${fault.stack}`), [issuer.requestToken])).toEqual([]);
  expect(vault.seen).toEqual([]);
});

test.each(["http://issuer.example/token?api-version=2.0", "no address", "http://169.254.169.254/token"])(
  "G6: the request token is not sent to %s",
  async (requestUrl) => {
    const fault = await faultOf(
      readGithubIdToken({
        requestUrl,
        requestToken: Secret.of("github-request-token-of-the-test"),
        audience: AUDIENCE,
        clock,
      }),
    );
    expect(fault).toMatchObject({ code: "CREDENTIAL_MISSING" });
    expect(fault.message).toContain("ACTIONS_ID_TOKEN_REQUEST_URL");
  },
);
