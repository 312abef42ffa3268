/** GitHub Apps and rate limits, against a server that checks signatures and ends tokens. */

import { generateKeyPairSync } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { createMovableClock, type MovableClock } from "../../../test/contracts/store-contract.fixture.ts";
import { type GitHubServer, startGitHubServer } from "../../../test/peers/github-server.fixture.ts";
import type { KeywrightError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import { openHttpTransport } from "../http-transport.ts";
import { createRequestLimiter } from "../request-limiter.ts";
import { createGitHubDialect } from "./github-dialect.ts";
import { createGitHubClient, type GitHubAuth, type GitHubClient } from "./github-client.ts";
import { asGitHubAnswers, gitHubRetryAfterMs } from "./rate-limit.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = Secret.of(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
const ACCESS = {
  type: "integration",
  permissions: { secrets: "read", organization_secrets: "read" },
} as const;
const APP = { type: "app", id: "4711", privateKey: PEM } as const;

interface Bench {
  readonly github: GitHubClient;
  readonly server: GitHubServer;
  readonly clock: MovableClock;
  readonly tokens: readonly Secret[];
  /** The requests for tokens, and for the installations that they belong to. */
  readonly asked: () => readonly string[];
}

async function against(auth: GitHubAuth = APP): Promise<Bench> {
  const clock = createMovableClock();
  const server = await startGitHubServer({ clock });
  server.accounts.addRepository("acme/scanner");
  server.accounts.addRepository("acme/hidden");
  server.accounts.addRepository("other/x");
  server.accounts.organizations.add("acme");
  const seen = { ...ACCESS, repositories: ["acme/scanner"] };
  const installations = new Map([
    ["acme", { id: 31, access: seen }],
    ["other", { id: 32, access: ACCESS }],
  ]);
  server.accounts.apps.set("4711", { id: "4711", publicKey, installations });
  const transport = openHttpTransport(server.url);
  onTestFinished(async () => {
    await transport.close();
    await server.close();
  });
  const limiter = createRequestLimiter({ perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 });
  const tokens: Secret[] = [];
  const setting = "the sink's credential";
  const onToken = (token: Secret): void => void tokens.push(token);
  const github = createGitHubClient({
    transport,
    auth,
    clock,
    limiter,
    setting,
    onToken,
    retryPausesMs: [1],
  });
  const asked = (): readonly string[] =>
    server.requests
      .filter(({ path }) => /installation/.test(path))
      .map(({ method, path }) => `${method} ${path}`);
  return { github, server, clock, tokens, asked };
}

const readKey = (github: GitHubClient, name: string): Promise<unknown> =>
  github
    .forHolder(`/repos/${name}` as `/repos/${string}/${string}`)
    .read(`/repos/${name}/actions/secrets/public-key`);

const faultOf = async (work: Promise<unknown>): Promise<KeywrightError> =>
  work.then(
    () => Promise.reject(new Error("it did not fail as it should")),
    (error: unknown) => error as KeywrightError,
  );

test("an App asks for its installation once, and for one token an account", async () => {
  const { github, asked, tokens } = await against();
  await Promise.all([readKey(github, "acme/scanner"), readKey(github, "acme/scanner")]);
  await readKey(github, "other/x");
  await github.forHolder("/orgs/acme").read("/orgs/acme/actions/secrets/public-key");
  expect(asked()).toEqual([
    "GET /repos/acme/scanner/installation",
    "POST /app/installations/31/access_tokens",
    "GET /repos/other/x/installation",
    "POST /app/installations/32/access_tokens",
  ]);
  expect(tokens.map((token) => token.reveal().slice(0, 4))).toEqual(["ghs_", "ghs_"]);
});

test("an installation that is named is not looked for", async () => {
  const { github, asked } = await against({ ...APP, installationId: "31" });
  await readKey(github, "acme/scanner");
  expect(asked()).toEqual(["POST /app/installations/31/access_tokens"]);
});

test("a token is renewed before it ends, and not while it has long to live", async () => {
  const { github, asked, clock } = await against({ ...APP, installationId: "31" });
  await readKey(github, "acme/scanner");
  clock.advance(40 * 60_000);
  await readKey(github, "acme/scanner");
  expect(asked()).toHaveLength(1);
  clock.advance(6 * 60_000);
  await readKey(github, "acme/scanner");
  expect(asked()).toHaveLength(2);
});

test("where the App is not installed, that is said, and other repositories of the account are served", async () => {
  const { github } = await against();
  const fault = await faultOf(readKey(github, "acme/hidden"));
  expect([fault.code, fault.message]).toEqual([
    "STORE_FORBIDDEN",
    "The GitHub App is not installed for repos/acme/hidden.",
  ]);
  await readKey(github, "acme/scanner");
});

test("a key of another App is refused, with what to check, and without the signed token", async () => {
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const pem = Secret.of(other.export({ type: "pkcs1", format: "pem" }).toString());
  const { github, server } = await against({ ...APP, privateKey: pem });
  const fault = await faultOf(readKey(github, "acme/scanner"));
  expect(fault.code).toBe("STORE_UNAUTHORIZED");
  expect(fault.hint).toContain("its private key");
  const [jwt = "none"] = server.requests.map(({ bearer }) => bearer);
  expect(jwt.split(".")).toHaveLength(3);
  expect(fault.message).not.toContain(jwt);
});

test("S2: what was sent is not said back, though the next request has another credential", () => {
  let turn = 0;
  const bearer = (): Secret => Secret.of(`correct horse ${(turn += 1)}`);
  const dialect = createGitHubDialect({ bearer, clock: createMovableClock(), setting: "it" });
  const headers = dialect.authorize({ method: "GET", path: "/x" });
  const body = JSON.stringify({ message: `Bad credentials: ${headers["authorization"]}` });
  const request = { method: "GET", path: "/x", headers } as const;
  const fault = dialect.refusal({ request, response: { status: 401, headers: {}, body } });
  expect(fault.message).toContain("Bad credentials");
  expect(fault.message).not.toContain("correct horse");
});

test("what an App signs began a minute ago, for clocks that differ, and ends within ten minutes", async () => {
  const { github, server, clock } = await against();
  await readKey(github, "acme/scanner");
  const [, claims = ""] = server.requests[0]?.bearer.split(".") ?? [];
  const { iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, number>;
  const now = clock.now().getTime() / 1000;
  expect([Number(iat) - now, Number(exp) - now]).toEqual([-60, 540]);
});

const NOW = new Date("2026-11-21T08:00:00Z");
const answer = (status: number, headers: Readonly<Record<string, string>>, message = "") => ({
  status,
  headers,
  body: JSON.stringify({ message }),
});

const seenAs = async (response: ReturnType<typeof answer>) =>
  asGitHubAnswers({
    where: "api.github.com",
    request: async () => response,
    close: async () => undefined,
  }).request({ method: "GET", path: "/", headers: {} });

test.each([
  ["the seconds it names", answer(403, { "retry-after": "7" }), 7_000],
  [
    "the time of its reset, by GitHub's own clock",
    answer(403, {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(NOW.getTime() / 1000 + 90),
      date: "Sat, 21 Nov 2026 08:00:30 GMT",
    }),
    61_000,
  ],
  [
    "the time of its reset, by ours",
    answer(429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW.getTime() / 1000 + 90) }),
    91_000,
  ],
  ["a reset that is over", answer(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }), 1_000],
  ["a minute where it names nothing", answer(403, {}, "You have exceeded a secondary rate limit"), 60_000],
])("a refusal for a limit asks to wait %s", async (_name, response, waitMs) => {
  const seen = await seenAs(response);
  expect(seen.status).toBe(429);
  expect(gitHubRetryAfterMs(seen, NOW)).toBe(waitMs);
});

test("other refusals stay what they are, and a redirect to another host too", async () => {
  expect((await seenAs(answer(403, { "x-ratelimit-remaining": "12" }, "no"))).status).toBe(403);
  expect((await seenAs(answer(301, { location: "https://evil.example/x" }))).status).toBe(301);
  expect((await seenAs(answer(301, { location: "https://api.github.com/repositories/7" }))).status).toBe(410);
  expect(gitHubRetryAfterMs(answer(503, {}), NOW)).toBeUndefined();
});
