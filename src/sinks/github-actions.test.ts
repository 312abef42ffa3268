/** GitHub at its worst, as a sink. What it should do is in `test/contracts/github-actions.test.ts`. */

import { expect, onTestFinished, test } from "vitest";
import { createMovableClock, type MovableClock } from "../../test/contracts/store-contract.fixture.ts";
import type { Access } from "../../test/peers/github-accounts.fixture.ts";
import {
  type GitHubServer,
  type Interference,
  type SeenRequest,
  startGitHubServer,
} from "../../test/peers/github-server.fixture.ts";
import { isKeywrightError, type KeywrightError } from "../core/error.ts";
import type { Receipt } from "../core/key-record.ts";
import type { SecretSink, Stamp } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { openHttpTransport } from "../http/http-transport.ts";
import { createRequestLimiter } from "../http/request-limiter.ts";
import { createGitHubActionsSink, type GitHubActionsSinkParts } from "./github-actions.ts";

const SLOT = { sink: "github", repository: "acme/scanner", secret: "CORTEX_TOKEN" };
const PRODUCTION = { ...SLOT, environment: "production" };
const ORGANIZATION = { sink: "github", organization: "acme", secret: "CORTEX_TOKEN" };
const HOLDER = "/repos/acme/scanner/actions/secrets";
const VALUE = Secret.of("value-of-the-test-5f9c");
const STAMP: Stamp = { key: "scanner", operation: "op1", generation: 1, fingerprint: "fp" };
const TOKEN = "github_pat_11AAAA_of_the_test";
const WRITE = {
  type: "personal",
  permissions: { secrets: "write", environments: "write", organization_secrets: "write" },
} as const satisfies Access;

interface Bench {
  readonly sink: SecretSink;
  readonly server: GitHubServer;
  readonly clock: MovableClock;
  /** How long the sink has paused, in milliseconds. */
  readonly pauses: readonly number[];
  /** Method and path of each request since the last call. */
  readonly seen: () => readonly string[];
}

async function against(access: Access = WRITE, parts: Partial<GitHubActionsSinkParts> = {}): Promise<Bench> {
  const clock = createMovableClock();
  const server = await startGitHubServer({ clock });
  server.accounts.addRepository("acme/scanner", ["production"]);
  server.accounts.organizations.add("acme");
  server.accounts.tokens.set(TOKEN, access);
  const transport = openHttpTransport(server.url);
  const pauses: number[] = [];
  onTestFinished(async () => {
    await transport.close();
    await server.close();
  });
  const sink = createGitHubActionsSink({
    transport,
    auth: { type: "token", token: Secret.of(TOKEN) },
    clock,
    limiter: createRequestLimiter({ perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 }),
    pausesMs: [1, 1],
    pause: async (ms) => {
      pauses.push(ms);
      clock.advance(ms);
    },
    ...parts,
  });
  let told = 0;
  const seen = (): readonly string[] => {
    const lines = server.requests.slice(told).map(({ method, path }) => `${method} ${path}`);
    told = server.requests.length;
    return lines;
  };
  return { sink, server, clock, pauses, seen };
}

const write = (
  sink: SecretSink,
  slot = SLOT as typeof SLOT | typeof ORGANIZATION,
  expected?: null,
): Promise<Receipt> => sink.write(slot, "current", VALUE, STAMP, expected);

async function faultOf(work: Promise<unknown>): Promise<KeywrightError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!isKeywrightError(error)) throw new Error("it did not fail as it should");
  const text = `${error.message} ${error.hint}`;
  expect(text).not.toContain(VALUE.reveal());
  expect(text).not.toContain(TOKEN);
  expect(text).not.toMatch(/key store|\bstore\./);
  return error;
}

/** Strikes the first `times` requests with this method. */
function strike(server: GitHubServer, method: string, how: Interference, times = 1): void {
  let left = times;
  server.interfere((request: SeenRequest) => (request.method === method && left-- > 0 ? how : undefined));
}

test("a value is sealed for the repository's key, and the server opens it; it goes out in no other form", async () => {
  const { sink, server, seen } = await against();
  expect(await write(sink)).toEqual({
    slot: SLOT,
    generation: 1,
    fingerprint: "fp",
    at: "2026-11-21T08:00:00.000Z",
    version: "2026-11-21T08:00:00Z",
  });
  expect(server.secrets.find(HOLDER, "CORTEX_TOKEN")?.value).toBe(VALUE.reveal());
  expect(server.requests.map(({ text }) => text).join("")).not.toContain(VALUE.reveal());
  expect(seen()).toEqual([
    `GET ${HOLDER}/CORTEX_TOKEN`,
    `GET ${HOLDER}/public-key`,
    `PUT ${HOLDER}/CORTEX_TOKEN`,
    `GET ${HOLDER}/CORTEX_TOKEN`,
  ]);
});

test("two boxes of one value are not alike", async () => {
  const { sink, server } = await against();
  await write(sink);
  await write(sink);
  const [first, second] = server.requests.filter(({ method }) => method === "PUT");
  expect(first?.text).not.toBe(second?.text);
});

test("a second write waits until the second of the first is over, so that each has a time of its own", async () => {
  const { sink, pauses, clock } = await against();
  clock.advance(250);
  const first = await write(sink);
  const second = await write(sink);
  expect(pauses).toEqual([1_000]);
  expect(second.version).not.toBe(first.version);
  clock.advance(5_000);
  await write(sink);
  expect(pauses).toHaveLength(1);
});

test("a value that somebody puts there by hand changes the version", async () => {
  const { sink, server, clock } = await against();
  const { version } = await write(sink);
  clock.advance(1_000);
  server.secrets.store(HOLDER, "CORTEX_TOKEN", "by hand");
  expect((await sink.inspect(SLOT))?.version).not.toBe(version);
});

test("a rotated public key is fetched anew, once", async () => {
  const { sink, server, seen } = await against();
  await sink.probe(SLOT);
  server.secrets.rotateKey(HOLDER);
  await write(sink);
  expect(server.secrets.find(HOLDER, "CORTEX_TOKEN")?.value).toBe(VALUE.reveal());
  expect(seen().filter((line) => line.startsWith("PUT"))).toHaveLength(2);
});

test("a 422 that is not about the key is told as it is, and not sent again", async () => {
  const { sink, server, seen } = await against();
  strike(server, "PUT", { status: 422, body: { message: "there are 100 secrets already" } }, 9);
  const fault = await faultOf(write(sink));
  expect([fault.code, fault.message]).toEqual([
    "SINK_WRITE_FAILED",
    expect.stringContaining("there are 100 secrets already"),
  ]);
  expect(seen().filter((line) => line.startsWith("PUT"))).toHaveLength(1);
});

test.each<readonly [string, Interference]>([
  ["a 502", { status: 502, body: "<html>" }],
  ["a cut connection", "cut"],
  ["an answer that is lost", { late: "cut" }],
])("after %s the same value is sent again until it is known to be there", async (_name, how) => {
  const { sink, server } = await against();
  strike(server, "PUT", how);
  const { version } = await write(sink, SLOT, null);
  expect(server.secrets.find(HOLDER, "CORTEX_TOKEN")?.value).toBe(VALUE.reveal());
  expect((await sink.inspect(SLOT))?.version).toBe(version);
});

test("a write whose outcome stays unknown is a write that failed", async () => {
  const { sink, server, seen } = await against();
  strike(server, "PUT", { late: { status: 500, body: "oops" } }, 9);
  const fault = await faultOf(write(sink));
  expect([fault.code, fault.hint]).toEqual(["SINK_WRITE_FAILED", expect.stringContaining("may have been")]);
  expect(seen().filter((line) => line.startsWith("PUT"))).toHaveLength(3);
});

test.each<readonly [string, Interference]>([
  ["a login page", { status: 200, body: "<html>", headers: { "content-type": "text/html" } }],
  ["a redirect to elsewhere", { status: 302, headers: { location: "https://login.acme.example/x" } }],
])("%s does not pass for a write, nor for a removal", async (_name, how) => {
  const { sink, server } = await against();
  strike(server, "PUT", how, 9);
  expect((await faultOf(write(sink))).code).toBe("SINK_WRITE_FAILED");
  strike(server, "DELETE", how, 9);
  expect((await faultOf(sink.remove(SLOT, "current"))).code).toBe("SINK_WRITE_FAILED");
});

test("a slot that was to be empty and is not keeps what it has", async () => {
  const { sink, server, seen } = await against();
  server.secrets.store(HOLDER, "CORTEX_TOKEN", "of somebody");
  expect((await faultOf(write(sink, SLOT, null))).code).toBe("SINK_CONFLICT");
  expect(seen().filter((line) => line.startsWith("PUT"))).toEqual([]);
});

test("somebody who writes between the look and the write is told of, not taken for nobody", async () => {
  const { sink, server } = await against();
  server.interfere(({ method }) => {
    if (method === "PUT") server.secrets.store(HOLDER, "CORTEX_TOKEN", "of somebody");
    return undefined;
  });
  expect((await faultOf(write(sink, SLOT, null))).code).toBe("SINK_CONFLICT");
});

test("a copy of GitHub's that is behind is asked until it tells of the write", async () => {
  const { sink, server, pauses } = await against();
  let readings = 0;
  server.interfere(({ method, path }) => {
    if (method !== "GET" || path.endsWith("public-key")) return undefined;
    readings += 1;
    return readings === 2 ? { status: 404, body: { message: "Not Found" } } : undefined;
  });
  expect((await write(sink)).version).toBe("2026-11-21T08:00:00Z");
  expect(pauses).toEqual([1]);
});

test("a write that GitHub never tells of counts as not delivered", async () => {
  const { sink, server } = await against();
  server.interfere(({ method }) => (method === "PUT" ? { status: 204 } : undefined));
  const fault = await faultOf(write(sink));
  expect([fault.code, fault.message]).toEqual([
    "SINK_WRITE_FAILED",
    expect.stringContaining("does not tell of it"),
  ]);
});

const limited = (
  headers: Readonly<Record<string, string>>,
  message = "rate limit exceeded",
): Interference => ({
  status: 403,
  headers,
  body: { message },
});

test.each<readonly [string, Interference]>([
  ["a 429 that names seconds", { status: 429, headers: { "retry-after": "0" }, body: { message: "slow" } }],
  ["a 403 that names seconds", limited({ "retry-after": "0" }, "You have exceeded a secondary rate limit")],
  ["a 403 for requests used up", limited({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" })],
])("after %s the write is sent again when its time has come", async (_name, how) => {
  const limiter = createRequestLimiter({
    perMinute: Infinity,
    burst: 1_000,
    longestWaitMs: 60_000,
    sleep: async () => undefined,
    now: (() => {
      let at = 0;
      return () => (at += 500);
    })(),
  });
  const { sink, server } = await against(WRITE, { limiter });
  strike(server, "PUT", how);
  await write(sink);
  expect(server.secrets.find(HOLDER, "CORTEX_TOKEN")?.value).toBe(VALUE.reveal());
});

test("a limit that is further away than a run may wait ends the run and tells the time", async () => {
  const { sink, server, clock } = await against();
  const reset = String(clock.now().getTime() / 1000 + 40 * 60);
  server.interfere(() => limited({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }));
  const fault = await faultOf(sink.probe(SLOT));
  expect(fault.message).toMatch(/GitHub asks to wait 41m/);
});

test.each<readonly [string, Access, string]>([
  [
    "the GITHUB_TOKEN of a job",
    { type: "workflow", permissions: { secrets: "write" } },
    "GITHUB_TOKEN of a workflow can never write secrets",
  ],
  ["an App without the permission", { type: "integration", permissions: {} }, "the permission secrets=read"],
  [
    "a fine-grained token without the permission",
    { type: "personal", permissions: {} },
    "Give the sink's credential the permission secrets=read",
  ],
])("%s is refused at the probe, and what to do is told", async (_name, access, hint) => {
  const { sink } = await against(access);
  const fault = await faultOf(sink.probe(SLOT));
  expect(fault.code).toBe("SINK_UNUSABLE");
  expect(fault.hint).toContain(hint);
});

test("a token that may only read is told with the write, and what it lacks", async () => {
  const { sink } = await against({ type: "personal", permissions: { secrets: "read" } });
  await sink.probe(SLOT);
  const fault = await faultOf(write(sink));
  expect(fault.code).toBe("SINK_WRITE_FAILED");
  expect(fault.hint).toContain("secrets=write");
});

test.each<readonly [string, Interference, string]>([
  ["401", { status: 401, body: { message: "Bad credentials" } }, "mistyped, expired or revoked"],
  [
    "single sign-on",
    {
      status: 403,
      headers: { "x-github-sso": "required; url=https://x" },
      body: { message: "Resource protected" },
    },
    "single sign-on",
  ],
  ["an allow list", { status: 403, body: { message: "the IP allow list enabled" } }, "IP allow list"],
  ["a repository that moved", { status: 301, headers: { location: "/repositories/7" } }, "renamed"],
])("%s says what to do", async (_name, how, hint) => {
  const { sink, server } = await against();
  server.interfere(() => how);
  const fault = await faultOf(sink.probe(SLOT));
  expect([fault.code, fault.hint]).toEqual(["SINK_UNUSABLE", expect.stringContaining(hint)]);
});

test("S2: what says back the token is told without it", async () => {
  const { sink, server } = await against();
  server.interfere(({ bearer }) => ({ status: 403, body: { message: `no: ${bearer}` } }));
  expect((await faultOf(sink.probe(SLOT))).message).toContain("[redacted]");
});

test("an environment that is not there is told as such", async () => {
  const { sink } = await against();
  await sink.probe(PRODUCTION);
  const fault = await faultOf(sink.probe({ ...PRODUCTION, environment: "staging" }));
  expect(fault.message).toContain("acme/scanner has no environment staging");
});

test.each<readonly [string, typeof SLOT, string, string]>([
  ["a repository", SLOT, "/actions/secrets/public-key", "may not see the secrets of acme/scanner"],
  [
    "an environment",
    PRODUCTION,
    "/secrets/public-key",
    "may not see the secrets of production in acme/scanner",
  ],
])("where GitHub hides the secrets of %s, that is told", async (_name, slot, end, text) => {
  const { sink, server } = await against();
  server.interfere(({ path }) => {
    if (path.endsWith("/environments/production")) return { status: 403, body: { message: "no" } };
    return path.endsWith(end) ? { status: 404, body: { message: "Not Found" } } : undefined;
  });
  expect((await faultOf(sink.probe(slot))).message).toContain(text);
});

test.each([
  ["a repository", { ...SLOT, repository: "acme/none" }, "There is no repository acme/none"],
  ["an organisation", { ...ORGANIZATION, organization: "none" }, "There is no organisation none"],
])("%s that is not there is no empty slot", async (_name, slot, text) => {
  const { sink } = await against();
  for (const work of [
    () => sink.probe(slot),
    () => sink.inspect(slot),
    () => sink.write(slot, "current", VALUE, STAMP),
  ])
    expect((await faultOf(work())).message).toContain(text);
});

test("an archived repository is refused at the probe", async () => {
  const { sink, server } = await against();
  server.accounts.addRepository("acme/scanner").archived = true;
  expect((await faultOf(sink.probe(SLOT))).message).toContain("acme/scanner is archived");
});

const SELECTED = { visibility: "selected", selectedRepositories: ["acme/scanner", "other/x"] } as const;

test("a secret of an organisation is seen by the selected repositories, by their ids", async () => {
  const { sink, server } = await against(WRITE, SELECTED);
  await write(sink, ORGANIZATION);
  const { id } = server.accounts.addRepository("acme/web");
  expect(server.secrets.find("/orgs/acme/actions/secrets", "CORTEX_TOKEN")).toMatchObject({
    visibility: "selected",
    selected: [id - 1],
  });
});

test.each([
  ["all see it", { visibility: "all" }],
  ["another repository sees it too", { visibility: "selected", selected_repository_ids: [1000, 1001] }],
  ["another repository sees it", { visibility: "selected", selected_repository_ids: [1001] }],
])("when %s, the slot is not as it was written", async (_name, body) => {
  const { sink, server } = await against(WRITE, SELECTED);
  server.accounts.addRepository("acme/web");
  const { version } = await write(sink, ORGANIZATION);
  server.secrets.store("/orgs/acme/actions/secrets", "CORTEX_TOKEN", "x", body);
  expect((await sink.inspect(ORGANIZATION))?.version).toBe(`${version}, with another visibility`);
});

test.each([
  ["none of the organisation", ["other/x"], "None of the selectedRepositories belongs to acme"],
  ["one that is not there", ["acme/none"], "There is no repository acme/none"],
])("selected repositories with %s are refused at the probe", async (_name, selectedRepositories, text) => {
  const { sink } = await against(WRITE, { visibility: "selected", selectedRepositories });
  expect((await faultOf(sink.probe(ORGANIZATION))).message).toContain(text);
});

test("without a word about it private repositories see a secret of an organisation", async () => {
  const { sink, server } = await against();
  await write(sink, ORGANIZATION);
  expect(server.secrets.find("/orgs/acme/actions/secrets", "CORTEX_TOKEN")?.visibility).toBe("private");
});

test.each([
  ["no public key", { key_id: "1", key: "AAAA" }],
  ["one with more behind it", { key_id: "1", key: `${Buffer.alloc(32).toString("base64")}\n` }],
  ["a weak one", { key_id: "1", key: Buffer.alloc(32).toString("base64") }],
])("nothing is sealed for %s", async (_name, body) => {
  const { sink, server, seen } = await against();
  server.interfere(({ path }) => (path.endsWith("public-key") ? { status: 200, body } : undefined));
  expect((await faultOf(write(sink))).message).toContain("no public key");
  expect(seen().filter((line) => line.startsWith("PUT"))).toEqual([]);
});

test("an answer about another secret is none", async () => {
  const { sink, server } = await against();
  const body = { name: "OTHER", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z" };
  server.interfere(() => ({ status: 200, body }));
  expect((await faultOf(sink.inspect(SLOT))).message).toContain("about another secret");
});

test("an empty value is refused, and an empty slot removed without a word", async () => {
  const { sink, seen } = await against();
  expect((await faultOf(sink.write(SLOT, "current", Secret.of(""), STAMP))).code).toBe("SINK_UNUSABLE");
  await sink.remove(SLOT, "current");
  await sink.remove(SLOT, "pending");
  expect(seen()).toEqual([`DELETE ${HOLDER}/CORTEX_TOKEN`]);
});

test.each([
  { repository: "acme/scanner", secret: "a-b" },
  { repository: "acme/..", secret: "T" },
  { repository: "acme/../../user", secret: "T" },
  { repository: "acme/scanner" },
  { organization: "acme", repository: "acme/scanner", secret: "T" },
  { organization: "acme", environment: "production", secret: "T" },
  { repository: "acme/scanner", environment: "production", app: "dependabot", secret: "T" },
  { repository: "acme/scanner", environment: "..", secret: "T" },
  { repository: "acme/scanner", constructor: "x", secret: "T" },
  { secret: "T" },
] as readonly Readonly<Record<string, string>>[])(
  "the slot %j is never sent: it could be read as something else",
  async (fields) => {
    const { sink, seen } = await against();
    const slot = { sink: "github", ...fields };
    for (const work of [
      () => sink.probe(slot),
      () => sink.inspect(slot),
      () => sink.write(slot, "current", VALUE, STAMP),
      () => sink.remove(slot, "current"),
    ])
      expect((await faultOf(work())).code).toBe("SINK_UNUSABLE");
    expect(seen()).toEqual([]);
  },
);
