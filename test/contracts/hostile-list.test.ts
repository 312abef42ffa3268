/** Listings that are late, wrong or torn: what is not seen is neither gone nor made again, and nothing is revoked on them. */

import { expect, test } from "vitest";
import { HOUR_MS } from "../../src/core/duration.ts";
import { openScene } from "./hostile-scene.fixture.ts";
import {
  cut,
  editListing,
  instead,
  lateList,
  LOGIN,
  PLAIN_500,
  REDIRECT,
  smallPages,
  when,
} from "./malice.fixture.ts";
import type { Twist } from "./quirk-proxy.fixture.ts";
import { CORTEX, VENDORS } from "./tenant.fixture.ts";
import type { VendorDialect } from "./vendor-dialects.fixture.ts";

test.each([1, 2, 3, 4, 5])(
  "a key that is listed late, after %i listings, is lost by nobody",
  async (listings) => {
    for (const vendor of VENDORS) {
      const scene = await openScene(vendor);
      scene.declare("a");
      scene.proxy.twist(lateList(vendor.dialect, listings));
      for (let count = 0; count < 4; count += 1) await scene.run();
      expect(scene.valueOf("a")).toBeDefined();
      await scene.expectSettled();
    }
  },
);

test("a key that the store lists a moment late is taken up by the next run, and not made again", async () => {
  const scene = await openScene(CORTEX);
  scene.declare("a");
  scene.proxy.twist(lateList(CORTEX.dialect, 1));
  expect((await scene.run()).codes).toEqual(["STORE_OUTCOME_UNKNOWN"]);
  const [made] = await scene.heldOf("a");
  expect((await scene.run()).codes).toEqual([]);
  expect((await scene.heldOf("a")).map(({ id }) => id)).toEqual([made?.id]);
  await scene.expectSettled();
});

test.each([
  ["leaves new keys out", false],
  ["leaves new keys out and counts them", true],
])(
  "while a list %s for good, consumers are served, and in the end one key is left",
  async (_name, isCounted) => {
    for (const vendor of VENDORS) {
      const scene = await openScene(vendor);
      scene.declare("a");
      scene.proxy.twist(lateList(vendor.dialect, Infinity, isCounted));
      for (let count = 0; count < 3; count += 1) await scene.run();
      expect(await scene.heldOf("a")).toHaveLength(1);
      await scene.expectSettled();
    }
  },
);

test("after an hour a key that is not listed is made again; when it turns up at last it has its overlap, and goes", async () => {
  for (const vendor of VENDORS) {
    const scene = await openScene(vendor);
    scene.declare("a");
    scene.proxy.twist(lateList(vendor.dialect, Infinity));
    await scene.run();
    expect((await scene.run()).codes).toEqual(["STORE_INCOMPLETE"]);
    expect(await scene.heldOf("a")).toHaveLength(1);
    scene.server.clock.advance(HOUR_MS);
    await scene.run();
    expect(await scene.heldOf("a")).toHaveLength(2);
    await scene.expectSettled();
  }
});

type OfDialect = (dialect: VendorDialect) => readonly Twist[];

/** Each leaves something out, and the store's count tells. */
const TORN: readonly (readonly [string, OfDialect])[] = [
  [
    "counts one key too many",
    (dialect) => [editListing(dialect, (list) => ({ ...list, total: list.total + 1 }))],
  ],
  [
    "leaves a key of ours out",
    (dialect) => [
      editListing(dialect, ({ keys, total }) => ({
        total,
        keys: keys.filter((key) => !dialect.textOf(key).includes("/a g")),
      })),
    ],
  ],
  [
    "has an empty page in the middle",
    (dialect) => [
      editListing(dialect, (list, request) => (dialect.isFirstPage(request) ? list : { ...list, keys: [] })),
      smallPages(dialect, 2),
    ],
  ],
  [
    "gives the first page again and again",
    (dialect) => [
      async (request, forward) =>
        dialect.isList(request) ? forward(dialect.firstPage(request)) : forward(request),
      smallPages(dialect, 2),
    ],
  ],
];

test.each(VENDORS.flatMap((vendor) => TORN.map((row) => [vendor.name, ...row, vendor] as const)))(
  "%s: on a list that %s nothing is revoked and nothing is made again",
  async (_vendor, _name, twists, vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a", "b", "c");
    await scene.run();
    const before = (await scene.held()).map(({ id }) => id);
    scene.proxy.twist(...twists(vendor.dialect));
    scene.declare("a", "b");
    const { codes, writes } = await scene.run();
    expect([codes, writes]).toEqual([["GUARD_REFUSED"], 0]);
    scene.declare("a", "b", "c");
    expect((await scene.run()).writes).toBe(0);
    expect((await scene.held()).map(({ id }) => id)).toEqual(before);
    scene.declare("a", "b");
    await scene.expectSettled();
  },
);

const SOUND: readonly (readonly [string, OfDialect])[] = [
  [
    "counts too few",
    (dialect) => [editListing(dialect, (list) => ({ ...list, total: 1 })), smallPages(dialect, 3)],
  ],
  [
    "counts none",
    (dialect) => [editListing(dialect, (list) => ({ ...list, total: 0 })), smallPages(dialect, 3)],
  ],
  [
    "shows its keys twice",
    (dialect) => [editListing(dialect, ({ keys, total }) => ({ keys: [...keys, ...keys], total }))],
  ],
  [
    "turns its pages around",
    (dialect) => [editListing(dialect, ({ keys, total }) => ({ keys: keys.toReversed(), total }))],
  ],
];

test.each(VENDORS.flatMap((vendor) => SOUND.map((row) => [vendor.name, ...row, vendor] as const)))(
  "%s: a list that %s and leaves nothing out is read to its end",
  async (_vendor, _name, twists, vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a", "b", "c");
    await scene.run();
    scene.proxy.twist(...twists(vendor.dialect));
    const { codes, writes, record } = await scene.run();
    expect([codes, writes, record?.result]).toEqual([[], 0, "no-change"]);
    scene.declare("a", "b");
    await scene.expectSettled();
  },
);

test.each(VENDORS)("$name: keys that go while their pages are read hide no other key", async (vendor) => {
  const scene = await openScene(vendor);
  const { dialect } = vendor;
  const others: { readonly id: string }[] = [];
  for (let count = 0; count < 5; count += 1)
    others.push(await scene.server.makeKey({ name: `By hand ${count}` }));
  scene.declare("a", "b");
  await scene.run();
  let first = 0;
  const shifting: Twist = async (request, forward) => {
    if (dialect.isList(request) && dialect.isFirstPage(request)) first += 1;
    const answer = await forward(request);
    // Between the first page and the second a person deletes a key of the first.
    const going =
      dialect.isList(request) && dialect.isFirstPage(request) && first <= 2 ? others.shift() : undefined;
    if (going) await scene.server.call(`DELETE /v1/keys/${going.id}`);
    return answer;
  };
  scene.proxy.twist(shifting, smallPages(dialect, 2));
  const { codes, writes } = await scene.run();
  expect(codes).toEqual([]);
  expect(writes).toBe(0);
  expect(others).toHaveLength(3);
});

const UNREADABLE: readonly (readonly [string, Twist, string])[] = [
  ["is cut off", cut, "STORE_UNREACHABLE"],
  ["fails in plain text", instead(PLAIN_500), "STORE_UNREACHABLE"],
  ["is a login page", instead(LOGIN), "STORE_CONTRACT"],
  ["is a redirect", instead(REDIRECT), "STORE_CONTRACT"],
  ["is empty", instead({ status: 200, headers: {}, body: "" }), "STORE_CONTRACT"],
  ["is null", instead({ status: 200, headers: {}, body: "null" }), "STORE_CONTRACT"],
];

test.each(VENDORS.flatMap((vendor) => UNREADABLE.map((row) => [vendor.name, ...row, vendor] as const)))(
  "%s: a list that %s ends the run before anything is done",
  async (_vendor, _name, twist, code, vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a");
    scene.proxy.twist(when(vendor.dialect.isList, twist));
    const { codes, writes } = await scene.run();
    expect([codes, writes]).toEqual([[code], 0]);
    await scene.expectSettled();
  },
);
