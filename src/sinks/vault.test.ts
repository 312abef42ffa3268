/** Vault at its worst, as a sink. What it should do is in `test/contracts/vault.test.ts`. */

import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { isKeywrightError, type KeywrightError } from "../core/error.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { SecretSink, Stamp } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { openHttpTransport } from "../http/http-transport.ts";
import { findSecrets } from "../../test/canary.fixture.ts";
import type { Policy } from "../../test/peers/vault-access.fixture.ts";
import { VaultEngine } from "../../test/peers/vault-engine.fixture.ts";
import {
  sinkPolicy,
  startVault,
  type Strike,
  type VaultServer,
} from "../../test/peers/vault-server.fixture.ts";
import { createVaultSink, openVaultSink } from "./vault.ts";

const SLOT = { sink: "vault", path: "ci/scanner", field: "token" };
const VALUE = Secret.of("value-of-the-test-5f9c20b1");
const OTHER = Secret.of("value-of-a-stranger-77d1");
const stampOf = (secret: Secret): Stamp => ({
  key: "scanner",
  operation: "op1",
  generation: 1,
  fingerprint: fingerprintOf(secret),
});
const NOW = new Date("2026-11-21T08:15:00Z");
const clock = { now: () => NOW };
const DATA = /\/data\/ci\/scanner$/;

let vault: VaultServer;

beforeEach(async () => {
  vault = await startVault(clock.now);
});
afterEach(async () => {
  vault.refuseFaults();
  await vault.close();
});

interface Opening {
  readonly policy?: Policy;
  readonly policies?: readonly string[];
  readonly mount?: string;
  readonly namespace?: string;
}

function openSink(opening: Opening = {}): SecretSink {
  const { policy = sinkPolicy("kv", "*"), policies = ["default", "sink"], mount = "kv", namespace } = opening;
  const { access } = vault.namespace(namespace);
  access.policies.set("sink", policy);
  const token = Secret.of(access.issue(policies).id);
  const transport = openHttpTransport(vault.url);
  onTestFinished(() => transport.close());
  return createVaultSink({
    transport,
    mount,
    clock,
    login: { method: "token", readToken: async () => token },
    retryPausesMs: [1],
    racePausesMs: Array.from({ length: 10 }, () => 0),
    ...(namespace !== undefined && { namespace }),
  });
}

const engine = (): VaultEngine => vault.namespace().mounts.get("kv")?.engine ?? new VaultEngine(clock.now);

/** As somebody else does who has the right to. */
const put = (path: string, data: unknown): void => void engine().write(path, data, undefined);

const write = (sink: SecretSink, secret = VALUE, expected?: string | null) =>
  sink.write(SLOT, "current", secret, stampOf(secret), expected);

async function faultOf(work: Promise<unknown>): Promise<KeywrightError> {
  const error = await work.then(
    () => new Error("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  if (isKeywrightError(error)) return error;
  throw error;
}

const held = async (sink: SecretSink): Promise<string | undefined> =>
  (await sink.read(SLOT, "current"))?.secret.reveal();

// ── What else is in a secret ─────────────────────────────────────────────────────────────────────────────

test("a field that is not ours stays exactly as it is, numbers too that JavaScript would round", async () => {
  const exact = {
    id: { $number: "12345678901234567890" },
    rate: { $number: "1.50" },
    deep: { a: ["<&>", null] },
  };
  put("ci/scanner", exact);
  const sink = openSink();
  await write(sink);
  await write(sink, OTHER);
  await sink.remove(SLOT, "current");
  expect(engine().read("ci/scanner")[1]).toMatchObject({ data: exact, metadata: { version: 4 } });
  const bodies = vault.seen.filter(({ method }) => method === "POST").map(({ body }) => body);
  expect(bodies[0]).toBe(
    `{"options":{"cas":1},"data":{"id":12345678901234567890,"rate":1.50,"deep":{"a":["\\u003c\\u0026\\u003e",null]},"token":"${VALUE.reveal()}"}}`,
  );
});

test("the secret is left without fields when the last one is removed, and without its pending value at all", async () => {
  const sink = openSink();
  await write(sink);
  await sink.write(SLOT, "pending", OTHER, stampOf(OTHER));
  expect(vault.content("ci/scanner")).toEqual({ token: VALUE.reveal() });
  expect([...engine().secrets.keys()]).toEqual(["ci/scanner", ".keywright-pending/ci/scanner/token"]);
  await sink.remove(SLOT, "pending");
  await sink.remove(SLOT, "current");
  expect(vault.content("ci/scanner")).toEqual({});
  expect([...engine().secrets.keys()]).toEqual(["ci/scanner"]);
});

test("the receipt has the version of the secret, and writing the same again makes no other", async () => {
  const sink = openSink();
  expect(await write(sink, VALUE, null)).toMatchObject({ version: "1" });
  expect(await write(sink, VALUE)).toMatchObject({ version: "1" });
  expect(await write(sink, OTHER)).toMatchObject({ version: "2" });
});

test.each([
  ["deleted", () => engine().softDelete("ci/scanner")],
  ["destroyed", () => engine().destroy("ci/scanner", [1])],
])("a version that was %s is an empty slot, which can be written again", async (_how, away) => {
  const sink = openSink();
  await write(sink);
  away();
  expect(await sink.read(SLOT, "current")).toBeUndefined();
  await sink.remove(SLOT, "current");
  expect(await write(sink, OTHER, null)).toMatchObject({ version: "2" });
  expect(await held(sink)).toBe(OTHER.reveal());
});

test.each([
  ["null", null, undefined],
  ["an empty text", "", undefined],
  ["a number", { $number: "42" }, "42"],
  ["a mapping", { a: "b" }, '{"a":"b"}'],
])("a field that holds %s is read for what it is", async (_what, found, text) => {
  put("ci/scanner", { token: found });
  const sink = openSink();
  expect(await held(sink)).toBe(text);
  const outcome = await write(sink, VALUE, null).then(
    () => "written",
    (error: KeywrightError) => error.code,
  );
  expect(outcome).toBe(text === undefined ? "written" : "SINK_CONFLICT");
});

test("a pending secret of somebody else is not taken for one of ours", async () => {
  put(".keywright-pending/ci/scanner/token", { value: "x" });
  expect(await faultOf(openSink().read(SLOT, "pending"))).toMatchObject({ code: "SINK_UNUSABLE" });
});

// ── Races and lost answers ───────────────────────────────────────────────────────────────────────────────

test("a write that was overtaken by a stranger's field is made anew, with both", async () => {
  const sink = openSink();
  vault.strike({ method: "POST", path: DATA, meanwhile: () => put("ci/scanner", { theirs: "1" }) });
  expect(await write(sink, VALUE, null)).toMatchObject({ version: "2" });
  expect(vault.content("ci/scanner")).toEqual({ theirs: "1", token: VALUE.reveal() });
});

test("a write that was overtaken in its own field is refused, and what stands there stays", async () => {
  const sink = openSink();
  vault.strike({ method: "POST", path: DATA, meanwhile: () => put("ci/scanner", { token: "theirs" }) });
  expect(await faultOf(write(sink, VALUE, null))).toMatchObject({ code: "SINK_CONFLICT" });
  expect(vault.content("ci/scanner")).toEqual({ token: "theirs" });
});

test("who never gets a turn says so", async () => {
  const sink = openSink();
  let count = 0;
  const again = (): Strike => ({
    method: "POST",
    path: DATA,
    meanwhile: () => {
      count += 1;
      put("ci/scanner", { count: { $number: String(count) } });
    },
  });
  vault.strike(...Array.from({ length: 20 }, again));
  const fault = await faultOf(write(sink));
  expect(fault).toMatchObject({ code: "SINK_CONFLICT" });
  expect(fault.message).toContain("kv/ci/scanner");
  expect(vault.content("ci/scanner")).toEqual({ count });
});

test.each<readonly [string, Strike]>([
  ["was carried out and the answer lost", { isDone: true }],
  ["was not carried out and the connection cut", {}],
  ["was carried out and answered with a 500", { isDone: true, answer: { status: 500, body: "{}" } }],
  ["was carried out and answered with a web page", { isDone: true, answer: page(200) }],
  ["was answered with a 502", { answer: page(502) }],
  [
    "was answered as if it were of another version",
    { isDone: true, answer: { status: 200, body: answerOf(7) } },
  ],
])("a write that %s is settled by a reading, and made once", async (_how, strike) => {
  const sink = openSink();
  put("ci/scanner", { theirs: "1" });
  vault.strike({ ...strike, method: "POST", path: DATA });
  expect(await write(sink, VALUE, null)).toMatchObject({ version: "2" });
  expect(vault.content("ci/scanner")).toEqual({ theirs: "1", token: VALUE.reveal() });
});

test("a write whose answer is lost and whose secret goes on is found in what came after it", async () => {
  const sink = openSink();
  vault.strike(
    { method: "POST", path: DATA, isDone: true },
    { method: "GET", path: DATA },
    { method: "GET", path: DATA, meanwhile: () => put("ci/scanner", { token: VALUE.reveal(), theirs: "1" }) },
  );
  // The first reading is struck too, and tried again.
  expect(await write(sink, VALUE, null)).toMatchObject({ version: "1" });
});

test("a write that fails each time ends, and says that it may have been carried out", async () => {
  const sink = openSink();
  vault.strike(...Array.from({ length: 5 }, () => ({ method: "POST", path: DATA, answer: { status: 500 } })));
  const fault = await faultOf(write(sink));
  expect(fault).toMatchObject({ code: "SINK_WRITE_FAILED" });
  expect(fault.message).toContain("500");
  expect(vault.seen.filter(({ method, path }) => method === "POST" && DATA.test(path))).toHaveLength(3);
});

test("writers of one process do not race each other for a secret", async () => {
  const sink = openSink();
  const fields = Array.from({ length: 12 }, (_, index) => `f${index}`);
  await Promise.all(fields.map((field) => sink.write({ ...SLOT, field }, "current", VALUE, stampOf(VALUE))));
  expect(Object.keys(vault.content("ci/scanner") as object)).toHaveLength(12);
  expect(vault.seen.filter(({ method }) => method === "POST").map(({ status }) => status)).toEqual(
    fields.map(() => 200),
  );
});

test.each<readonly [string, Strike, number]>([
  ["was carried out and the answer lost", { isDone: true }, 1],
  ["was cut before it was carried out", {}, 2],
  ["was answered with a 500", { answer: { status: 500 } }, 2],
])(
  "a removal that %s is done all the same, and asked for no more often than it must be",
  async (_how, strike, times) => {
    const sink = openSink();
    await sink.write(SLOT, "pending", VALUE, stampOf(VALUE));
    vault.strike({ ...strike, method: "DELETE" });
    await sink.remove(SLOT, "pending");
    expect([...engine().secrets.keys()]).toEqual([]);
    expect(vault.seen.filter(({ method }) => method === "DELETE")).toHaveLength(times);
  },
);

test("a removal that fails each time fails", async () => {
  const sink = openSink();
  await sink.write(SLOT, "pending", VALUE, stampOf(VALUE));
  vault.strike(...Array.from({ length: 5 }, () => ({ method: "DELETE", answer: { status: 500 } })));
  expect(await faultOf(sink.remove(SLOT, "pending"))).toMatchObject({ code: "SINK_WRITE_FAILED" });
});

test("a quota is waited for: a 429 says that nothing was done", async () => {
  const sink = openSink();
  const answer = {
    status: 429,
    body: '{"errors":["rate limit quota exceeded"]}',
    headers: { "retry-after": "0" },
  };
  vault.strike({ method: "GET", answer }, { method: "POST", answer });
  expect(await write(sink)).toMatchObject({ version: "1" });
});

test("a reading that stumbles goes on", async () => {
  const sink = openSink();
  await write(sink);
  vault.strike({ method: "GET", path: DATA, answer: { status: 500 } });
  expect(await held(sink)).toBe(VALUE.reveal());
});

// ── What cannot work ─────────────────────────────────────────────────────────────────────────────────────

const SEALED = { status: 503, body: '{"errors":["Vault is sealed"]}' };
const STANDBY = { status: 307, headers: { location: "https://vault-2.acme.internal:8200/v1/x?secret=1" } };

test.each([
  ["sealed", SEALED, "Vault is sealed", "Unseal"],
  ["a standby", STANDBY, "is a standby", "active server"],
  [
    "moved elsewhere",
    { ...STANDBY, status: 301 },
    "redirect (301) to vault-2.acme.internal:8200",
    "sinks.vault.address",
  ],
  ["a login page", page(200), "is a web page", "sinks.vault.address"],
  [
    "of no shape that is known",
    { status: 200, body: '{"data":7}' },
    "has another shape",
    "sinks.vault.address",
  ],
  ["a 404 of something else", { status: 404, body: "nothing here" }, "is not JSON", "sinks.vault.address"],
  [
    "a refusal",
    { status: 405, body: '{"errors":["unsupported operation"]}' },
    "unsupported operation",
    "none",
  ],
])("a server that is %s is told as such, by every operation", async (_what, answer, message, hint) => {
  const sink = openSink();
  await sink.probe(SLOT);
  for (const [work, code] of [
    [() => sink.read(SLOT, "current"), "SINK_UNUSABLE"],
    [() => sink.probe(SLOT), "SINK_UNUSABLE"],
    [() => write(sink), "SINK_WRITE_FAILED"],
    [() => sink.remove(SLOT, "current"), "SINK_WRITE_FAILED"],
  ] as const) {
    vault.strike({ answer });
    const fault = await faultOf(work());
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(message);
    expect(fault.message).toContain("vault: field=token path=ci/scanner");
    expect(fault.hint ?? "none").toContain(hint);
    expect(`${fault.message} ${fault.hint}`).not.toMatch(/key store|store\./i);
  }
  expect(vault.content("ci/scanner")).toBeUndefined();
});

test("nobody there is told with the setting to mend", async () => {
  const gone = await startVault();
  await gone.close();
  const transport = openHttpTransport(gone.url);
  onTestFinished(() => transport.close());
  const login = { method: "token", readToken: async () => VALUE } as const;
  const sink = createVaultSink({ transport, mount: "kv", clock, login, retryPausesMs: [1] });
  const fault = await faultOf(sink.read(SLOT, "current"));
  expect(fault.code).toBe("SINK_UNUSABLE");
  expect(fault.message).toMatch(/the Vault server at 127.0.0.1:\d+ cannot be reached/i);
  expect(fault.hint).toContain("sinks.vault.address");
});

test("G6: an address that would send the token in the clear is refused", async () => {
  const login = { method: "token", readToken: async () => VALUE } as const;
  const address = "http://vault.acme.example";
  expect(await faultOf(openVaultSink({ address, mount: "kv", clock, login }))).toMatchObject({
    code: "INPUT_INVALID",
  });
});

test.each<readonly [string, Opening, string]>([
  ["a mount that is not there", { mount: "nothing" }, "no secrets engine at nothing"],
  ["a mount that the token has no right to", { policy: {} }, "no secrets engine at kv"],
  ["a mount of KV version 1", { mount: "old", policy: sinkPolicy("old", "*") }, "a KV engine of version 1"],
  ["a path inside a mount", { mount: "kv/ci", policy: sinkPolicy("kv", "*") }, "lies inside a mount"],
])("%s is found before anything is written", async (_what, opening, message) => {
  vault.namespace().mounts.set("old", { version: 1, engine: new VaultEngine(clock.now) });
  const sink = openSink(opening);
  expect((await faultOf(sink.probe(SLOT))).message).toContain(message);
  expect((await faultOf(write(sink))).message).toContain(message);
  expect(vault.seen.filter(({ method }) => method === "POST")).toEqual([]);
});

test("a mount that was not there is looked for again", async () => {
  const sink = openSink({ mount: "late", policy: sinkPolicy("late", "*") });
  expect(await faultOf(write(sink))).toMatchObject({ code: "SINK_UNUSABLE" });
  vault.namespace().mounts.set("late", { version: 2, engine: new VaultEngine(clock.now) });
  expect(await write(sink)).toMatchObject({ version: "1" });
});

const READ_ONLY: Policy = { ...sinkPolicy("kv", "*"), "kv/data/*": ["read"] };

test.each<readonly [string, Policy, string]>([
  ["to read alone", READ_ONLY, "create, update kv/data/ci/scanner"],
  [
    "not to keep pending values",
    { "kv/data/ci/*": ["create", "read", "update"] },
    "create, read, update kv/data/.keywright-pending/ci/scanner/token; nor delete kv/metadata/.keywright-pending/ci/scanner/token",
  ],
])(
  "a probe finds a policy that allows %s, and says which right is missing",
  async (_what, policy, missing) => {
    const fault = await faultOf(openSink({ policy }).probe(SLOT));
    expect(fault).toMatchObject({ code: "SINK_UNUSABLE" });
    expect(fault.message).toContain(`may not ${missing}`);
    expect(fault.hint).toContain("policy");
    expect(vault.content("ci/scanner")).toBeUndefined();
  },
);

test("a secret that is there needs no right to create one", async () => {
  put("ci/scanner", {});
  const policy: Policy = { ...sinkPolicy("kv", "*"), "kv/data/ci/*": ["read", "update"] };
  await openSink({ policy }).probe(SLOT);
  expect(vault.seen.length).toBeGreaterThan(0);
});

test("where even asking for one's rights is forbidden, the probe looks whether it can read", async () => {
  await openSink({ policies: ["sink"] }).probe(SLOT);
  await openSink({ policies: ["root"] }).probe(SLOT);
  const blind = openSink({ policies: ["sink"], policy: { "kv/metadata/x": ["delete"] } });
  expect(await faultOf(blind.probe(SLOT))).toMatchObject({ code: "SINK_UNUSABLE" });
});

test("a write that a policy forbids is refused once, and says that the token is good", async () => {
  const fault = await faultOf(write(openSink({ policy: READ_ONLY })));
  expect(fault).toMatchObject({ code: "SINK_WRITE_FAILED" });
  expect(fault.message).toContain("(403): permission denied");
  expect(fault.hint).toContain("The token is good");
  expect(vault.seen.filter(({ method, path }) => method === "POST" && DATA.test(path))).toHaveLength(1);
});

test("a namespace is another world", async () => {
  const sink = openSink({ namespace: "team/a" });
  await write(sink);
  expect(vault.content("ci/scanner", "kv", "team/a")).toEqual({ token: VALUE.reveal() });
  expect(vault.content("ci/scanner")).toBeUndefined();
});

test("what is too large for the server's storage is told", async () => {
  const body = '{"errors":["put failed due to value being too large"]}';
  vault.strike({ method: "POST", path: DATA, answer: { status: 413, body } });
  const fault = await faultOf(write(openSink()));
  expect(fault).toMatchObject({ code: "SINK_WRITE_FAILED", hint: expect.stringContaining("too large") });
});

test.each([
  { path: "", field: "token" },
  { path: "ci/../x", field: "token" },
  { path: "ci//x", field: "token" },
  { path: "/ci/x", field: "token" },
  { path: "ci/x/", field: "token" },
  { path: ".keywright-pending/ci", field: "token" },
  { path: "ci/.hidden", field: "token" },
  { path: "ci/x?version=1", field: "token" },
  { path: "ci/x%2f..", field: "token" },
  { path: "ci/x", field: "a b" },
  { path: "ci/x", field: "" },
  { path: "ci/x", field: "../token" },
])("%j is never sent: it could be read as something else", async (place) => {
  const sink = openSink();
  const slot = { sink: "vault", ...place };
  for (const work of [
    () => sink.read(slot, "current"),
    () => sink.probe(slot),
    () => sink.inspect(slot),
    () => sink.write(slot, "current", VALUE, stampOf(VALUE)),
    () => sink.remove(slot, "pending"),
  ])
    expect((await faultOf(work())).code).toBe("SINK_UNUSABLE");
  expect(vault.seen).toEqual([]);
});

// ── Secrets ──────────────────────────────────────────────────────────────────────────────────────────────

test("S2: no error says back what a server says back, whatever it is: a value, a token, what else is there", async () => {
  // A word of a language too, which nothing but its being known gives away.
  const value = Secret.of("correct-horse-battery-staple");
  const theirs = "their-own-secret-9a01c3";
  put("ci/scanner", { theirs });
  const errors: unknown[] = [];
  const tokens = new Set<string>();
  for (const status of [200, 307, 400, 401, 403, 404, 405, 413, 418, 472, 500, 503]) {
    for (const path of [DATA, /pending/, /mounts/, /capabilities/]) {
      const sink = openSink();
      vault.strike(
        ...Array.from({ length: 6 }, () => ({
          path,
          answer: ({ body, token }: { readonly body: string; readonly token: string }) => {
            tokens.add(token);
            const said = [
              body,
              token,
              theirs,
              value.reveal(),
              Buffer.from(value.reveal()).toString("base64"),
            ];
            return {
              status,
              body: JSON.stringify({ errors: said, data: said, [value.reveal()]: 1 }),
              headers: { location: `https://x.example/${value.reveal()}`, "retry-after": "0" },
            };
          },
        })),
      );
      for (const work of [
        () => sink.probe(SLOT),
        () => sink.read(SLOT, "current"),
        () => write(sink, value),
        () => sink.write(SLOT, "pending", value, stampOf(value)),
        () => sink.remove(SLOT, "pending"),
      ])
        errors.push(
          await work().then(
            () => undefined,
            (error: unknown) => error,
          ),
        );
      vault.clearStrikes();
    }
  }
  const told = errors.filter((error) => error !== undefined).map(textOf);
  expect(told.length).toBeGreaterThan(100);
  expect(findSecrets(Buffer.from(told.join("\n")), [value.reveal(), theirs, ...tokens])).toEqual([]);
});

/** With all causes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { hint = "" } = error as KeywrightError;
  return `${error.stack} ${error.message} ${hint} ${JSON.stringify(error)} ${textOf(error.cause)}`;
}

function page(status: number) {
  return { status, body: "<!doctype html><title>Log in</title>", headers: { "content-type": "text/html" } };
}

function answerOf(version: number): string {
  return JSON.stringify({ data: { version } });
}
