/** Refusals, storms, and what stands before a store: a run ends with a clear word, and nothing is lost by it. */

import { expect, test } from "vitest";
import { HOUR_MS } from "../../src/core/duration.ts";
import { openScene } from "./hostile-scene.fixture.ts";
import {
  afterwards,
  cut,
  editListing,
  instead,
  LOGIN,
  PLAIN_500,
  REDIRECT,
  times,
  when,
} from "./malice.fixture.ts";
import type { Json, ProxyAnswer, ProxyRequest, Twist } from "./quirk-proxy.fixture.ts";
import { CORTEX_CLOUD, type Vendor, VENDORS } from "./tenant.fixture.ts";
import { CLOUD_DIALECT } from "./vendor-dialects.fixture.ts";

const of = <R extends readonly unknown[]>(rows: readonly R[]) =>
  VENDORS.flatMap((vendor) => rows.map((row) => [vendor.name, ...row, vendor] as const));

const EVERYTHING: readonly (readonly [string, ProxyAnswer, string])[] = [
  ["a login page", LOGIN, "STORE_CONTRACT"],
  ["a redirect", REDIRECT, "STORE_CONTRACT"],
  ["an error in plain text", PLAIN_500, "STORE_UNREACHABLE"],
  ["a refusal without a word", { status: 403, headers: {}, body: "" }, "STORE_FORBIDDEN"],
  ["a 401 without a word", { status: 401, headers: {}, body: "" }, "STORE_UNAUTHORIZED"],
];

test.each(of(EVERYTHING))(
  "%s: where everything is answered by %s, nothing is done and the run says so",
  async (_vendor, _name, answer, code, vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a", "b");
    await scene.run();
    scene.declare("a", "c");
    scene.proxy.twist(instead(answer));
    const { codes, writes } = await scene.run();
    expect([codes, writes]).toEqual([[code], 0]);
    await scene.expectSettled();
  },
);

const REVOCATIONS: readonly (readonly [string, Twist, string])[] = [
  ["fails in plain text and is not carried out", instead(PLAIN_500), "STORE_OUTCOME_UNKNOWN"],
  ["fails in plain text and is carried out", afterwards(PLAIN_500), "STORE_OUTCOME_UNKNOWN"],
  ["is answered by a login page", instead(LOGIN), "STORE_CONTRACT"],
  ["is answered by a redirect", instead(REDIRECT), "STORE_CONTRACT"],
];

test.each(of(REVOCATIONS))(
  "%s: a revocation that %s is finished by the next run",
  async (_vendor, _name, twist, code, vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a", "b");
    await scene.run();
    scene.declare("a");
    scene.proxy.twist(when(vendor.dialect.isRevoke, times(1, twist)));
    expect((await scene.run()).codes).toEqual([code]);
    await scene.expectSettled();
    expect(await scene.heldOf("b")).toEqual([]);
  },
);

type Storm = (vendor: Vendor) => ProxyAnswer;

const busy = (headers: ProxyAnswer["headers"], body: Json = {}): ProxyAnswer => ({
  status: 429,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

const STORMS: readonly (readonly [string, Storm, number])[] = [
  ["Retry-After", () => busy({ "retry-after": "7" }), 7_000],
  ["retryAfter in its body", ({ dialect }) => busy({}, dialect.waitInBody(7)), 7_000],
  ["no wait", () => ({ status: 429, headers: {}, body: "" }), 1_000],
];

test.each(of(STORMS))(
  "%s: a storm of 429 with %s is waited out, and each key is made once",
  async (_vendor, _name, storm, waitMs, vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a", "b");
    let left = 12;
    let creates = 0;
    scene.proxy.twist(async (request, forward) => {
      left -= 1;
      if (left >= 0 && left % 2 === 1) return storm(vendor);
      if (vendor.dialect.isCreate(request)) creates += 1;
      return forward(request);
    });
    expect((await scene.run()).codes).toEqual([]);
    expect(creates).toBe(2);
    expect(scene.waits).toContain(waitMs);
    await scene.expectSettled();
  },
);

test.each(VENDORS)(
  "$name: a wait of an hour stops the run with a clear word, and nothing is lost",
  async (vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a");
    scene.proxy.twist(when(vendor.dialect.isCreate, instead(busy({ "retry-after": "3600" }))));
    const { codes, told } = await scene.run();
    expect(new Set(codes)).toEqual(new Set(["STORE_BUSY"]));
    expect(told).toContain("asks to wait 1h");
    expect(told).toContain("Nothing was lost");
    expect(await scene.heldOf("a")).toEqual([]);
    await scene.expectSettled();
  },
);

test.each(VENDORS)("$name: a storm without an end ends the run all the same", async (vendor) => {
  const scene = await openScene(vendor);
  scene.declare("a");
  scene.proxy.twist(instead({ status: 429, headers: {}, body: "" }));
  const { codes, writes } = await scene.run();
  expect([codes, writes]).toEqual([["STORE_BUSY"], 0]);
  expect(scene.proxy.requests.length).toBeLessThan(40);
  await scene.expectSettled();
});

const marked = (marker: string) => `Somebody's [kw ${marker} g1 0123456789ab]`;

test.each(VENDORS)("$name: I4: a key with another instance's marker is never touched", async (vendor) => {
  const scene = await openScene(vendor);
  await scene.makeMarked(marked("acme-test/a"));
  scene.declare("a", "b");
  await scene.run();
  scene.declare("b");
  await scene.expectSettled();
  const others = (await scene.held()).filter(({ marker }) => marker?.instance === "acme-test");
  expect(others).toHaveLength(1);
});

test.each(VENDORS)(
  "$name: a marker that a person copied onto another key stops that name alone, and nothing is revoked",
  async (vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a", "b");
    await scene.run();
    const [original] = await scene.heldOf("a");
    scene.server.clock.advance(2 * HOUR_MS);
    const { instance, name, generation, operation } = original?.marker ?? { instance: "", name: "" };
    const copy = await scene.makeMarked(`Mine [kw ${instance}/${name} g${generation} ${operation}]`);
    scene.declare("a", "b", "c");
    const { codes } = await scene.run();
    expect(codes).toEqual(["MARKER_AMBIGUOUS"]);
    expect(await scene.heldOf("a")).toHaveLength(2);
    expect(await scene.heldOf("c")).toHaveLength(1);
    scene.declare("b", "c");
    expect((await scene.run()).codes).toEqual(["MARKER_AMBIGUOUS"]);
    expect(await scene.heldOf("a")).toHaveLength(2);
    scene.declare("a", "b", "c");
    await scene.revokeByHand(copy);
    await scene.expectSettled();
    expect((await scene.heldOf("a")).map(({ id }) => id)).toEqual([original?.id]);
  },
);

const renamed =
  (name: string): Twist =>
  async (request, forward) => {
    const answer = await forward(request);
    return { ...answer, body: answer.body.replaceAll('"Viewer"', JSON.stringify(name)) };
  };

test("cortex-cloud: a role that was renamed is told, and its keys go on", async () => {
  const scene = await openScene(CORTEX_CLOUD);
  scene.declare("a");
  await scene.run();
  scene.proxy.twist(renamed("Onlooker"));
  const { codes, told, writes } = await scene.run();
  expect([codes, writes]).toEqual([["STORE_REJECTED"], 0]);
  expect(told).toContain("The tenant has no role Viewer");
  expect(told).toContain("Onlooker");
  await scene.expectSettled();
});

test("cortex-cloud: a name that two roles have is never guessed at", async () => {
  const scene = await openScene(CORTEX_CLOUD);
  scene.declare("a");
  scene.proxy.twist(async (request, forward) => {
    const answer = await forward(request);
    if (!request.path.endsWith("/v1/role")) return answer;
    const { data } = JSON.parse(answer.body) as { readonly data: readonly Json[] };
    const twin = { role_id: "viewer-2", pretty_name: "Viewer" };
    return { ...answer, body: JSON.stringify({ data: [...data, twin] }) };
  });
  const { codes, told, writes } = await scene.run();
  expect([codes, writes]).toEqual([["STORE_REJECTED"], 0]);
  expect(told).toContain("Several roles of the tenant are named Viewer");
  await scene.expectSettled();
});

test("cortex-cloud: a role that dropped out of a key is given back to it in place", async () => {
  const scene = await openScene(CORTEX_CLOUD);
  scene.declare("a");
  await scene.run();
  const before = scene.valueOf("a");
  scene.proxy.twist(
    editListing(CLOUD_DIALECT, ({ keys, total }) => ({
      total,
      keys: keys.map((key) => (CLOUD_DIALECT.textOf(key).includes("[kw ") ? { ...key, roles: [] } : key)),
    })),
  );
  const { codes, writes } = await scene.run();
  expect([codes, writes]).toEqual([[], 1]);
  expect(scene.valueOf("a")).toBe(before);
  await scene.expectSettled();
});

/** How the run that makes the key ends, and how the next, which can read no scope either. */
const SCOPES: readonly (readonly [string, readonly [string, string], Twist])[] = [
  ["fails in plain text", ["STORE_OUTCOME_UNKNOWN", "STORE_UNREACHABLE"], instead(PLAIN_500)],
  [
    "is refused",
    ["STORE_CONTRACT", "STORE_CONTRACT"],
    instead({ status: 403, headers: {}, body: '{"data":{"reply":{"err_code":403}}}' }),
  ],
  ["is cut off", ["STORE_OUTCOME_UNKNOWN", "STORE_UNREACHABLE"], cut],
  [
    "has a mode that nobody knows",
    ["STORE_CONTRACT", "STORE_CONTRACT"],
    async (request, forward) => {
      const answer = await forward(request);
      return { ...answer, body: answer.body.replaceAll("no_scope", "TOP_SECRET") };
    },
  ],
];

const isScope = ({ path }: ProxyRequest): boolean => path.includes("/scope/api-key/");

test.each(SCOPES)(
  "cortex-cloud: a key whose scope cannot be set, because the answer %s, is given to nobody and revoked",
  async (_name, codes, twist) => {
    const scene = await openScene(CORTEX_CLOUD);
    scene.declareWith({ scope: { assets: { mode: "scope", groupIds: [3] } } }, "a");
    scene.proxy.twist(when(isScope, twist));
    for (const code of codes) {
      expect((await scene.run()).codes).toEqual([code]);
      expect(await scene.heldOf("a")).toHaveLength(1);
    }
    expect(scene.valueOf("a")).toBeUndefined();
    await scene.expectSettled();
  },
);

test.each<readonly [string, ProxyAnswer]>([
  ["a 401", { status: 401, headers: {}, body: '{"reply":{"err_code":401}}' }],
  ["a wait of an hour", busy({ "retry-after": "3600" })],
  ["an error in plain text", PLAIN_500],
])(
  "I7: cortex-cloud: a key that is made and then met with %s is no failure without a trace",
  async (_name, answer) => {
    const scene = await openScene(CORTEX_CLOUD);
    scene.declare("a");
    scene.proxy.twist(
      when(({ method, path }) => method === "GET" && /\/iam\/v1\/api-key\/\d+$/.test(path), instead(answer)),
    );
    const { codes, record } = await scene.run();
    expect(codes).toEqual(["STORE_OUTCOME_UNKNOWN"]);
    expect(record?.changes.map(({ outcome }) => outcome)).toEqual(["unknown"]);
    expect(await scene.heldOf("a")).toHaveLength(1);
    await scene.expectSettled();
  },
);
