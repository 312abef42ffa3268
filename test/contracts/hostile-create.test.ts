/** What a create may become: no key is lost, no value that consumers read dies, and truth settles it all. */

import { expect, test } from "vitest";
import { DAY_MS } from "../../src/core/duration.ts";
import { openScene } from "./hostile-scene.fixture.ts";
import {
  afterwards,
  cut,
  edited,
  instead,
  LOGIN,
  PLAIN_500,
  REDIRECT,
  times,
  twice,
  when,
} from "./malice.fixture.ts";
import { type Json, parseBody, type ProxyAnswer, type Twist, withBody } from "./quirk-proxy.fixture.ts";
import { CORTEX, VENDORS } from "./tenant.fixture.ts";
import type { VendorDialect } from "./vendor-dialects.fixture.ts";

type OfDialect = (dialect: VendorDialect) => Twist;

/** What becomes of the first create, and how the run says so. */
const CREATES: readonly (readonly [string, OfDialect, string])[] = [
  ["fails in plain text and is not carried out", () => instead(PLAIN_500), "STORE_OUTCOME_UNKNOWN"],
  ["fails in plain text and is carried out", () => afterwards(PLAIN_500), "STORE_OUTCOME_UNKNOWN"],
  ["is answered by half a body", () => cut, "STORE_OUTCOME_UNKNOWN"],
  ["is answered by a login page", () => instead(LOGIN), "STORE_OUTCOME_UNKNOWN"],
  ["is answered by a redirect", () => instead(REDIRECT), "STORE_CONTRACT"],
  [
    "is answered without the secret",
    (dialect) => edited((answer) => withBody(answer, dialect.withoutSecret(parseBody(answer)))),
    "STORE_OUTCOME_UNKNOWN",
  ],
  [
    "is carried out, and answered by nothing",
    () => edited((answer) => ({ ...answer, body: "" })),
    "STORE_OUTCOME_UNKNOWN",
  ],
];

test.each(VENDORS.flatMap((vendor) => CREATES.map((row) => [vendor.name, ...row, vendor] as const)))(
  "%s: a create that %s loses no key, neither the first nor at a rotation",
  async (_vendor, _name, twist, code, vendor) => {
    const scene = await openScene(vendor);
    const strike = () => scene.proxy.twist(when(vendor.dialect.isCreate, times(1, twist(vendor.dialect))));
    scene.declare("a");
    strike();
    expect((await scene.run()).codes).toEqual([code]);
    await scene.expectSettled();
    strike();
    const [before] = await scene.heldOf("a");
    const asked = { type: "rotate", name: "a", reason: "asked" } as const;
    expect((await scene.run([asked])).codes).toEqual([code]);
    expect((await scene.heldOf("a")).map(({ id }) => id)).toContain(before?.id);
    await scene.expectSettled();
  },
);

test.each(VENDORS)("$name: a create that is carried out twice leaves one key", async (vendor) => {
  const scene = await openScene(vendor);
  scene.declare("a");
  scene.proxy.twist(when(vendor.dialect.isCreate, times(1, twice)));
  expect((await scene.run()).codes).toEqual([]);
  await scene.expectSettled();
});

test.each(VENDORS)(
  "$name: a key whose end the store moved is given to nobody, told, and revoked by the next run",
  async (vendor) => {
    const scene = await openScene(vendor);
    const { dialect } = vendor;
    scene.declare("a");
    scene.proxy.twist(
      when(dialect.isCreate, (request, forward) => forward(dialect.endingEarlier(request, 30 * DAY_MS))),
    );
    for (let count = 0; count < 3; count += 1) {
      const { codes, told } = await scene.run();
      expect(codes).toEqual(["STORE_CONTRACT"]);
      expect(told).toMatch(/expires at \S+, not at \S+ as it was asked/);
      expect(await scene.heldOf("a")).toHaveLength(1);
    }
    expect(scene.valueOf("a")).toBeUndefined();
    await scene.expectSettled();
  },
);

/** What Cortex makes of a create, of which its answer then says nothing. */
const CHANGED: readonly (readonly [string, (body: Json) => Json, RegExp])[] = [
  [
    "an earlier end",
    (body) => ({ ...body, expirationDate: "2026-12-01T00:00:00Z" }),
    /expires at \S+, not at \S+ as it was asked/,
  ],
  ["no end", ({ expirationDate: _, ...body }) => body, /expires at no time, not at/],
  [
    "another role",
    (body) => ({ ...body, roles: [{ type: "DEFAULT", role: "ADMIN" }] }),
    /has the roles ADMIN, not/,
  ],
];

const changing =
  (change: (body: Json) => Json): Twist =>
  async (request, forward) => {
    const answer = await forward({ ...request, body: JSON.stringify(change(parseBody(request))) });
    const { expirationDate: _, roles: __, ...rest } = parseBody(answer);
    return withBody(answer, rest);
  };

test.each(CHANGED)(
  "I6: cortex: a key with %s, which the answer to its create leaves out, is given to nobody",
  async (_name, change, said) => {
    const scene = await openScene(CORTEX);
    scene.declare("a");
    scene.proxy.twist(when(CORTEX.dialect.isCreate, changing(change)));
    for (let count = 0; count < 2; count += 1) {
      const { codes, told } = await scene.run();
      expect(codes).toEqual(["STORE_CONTRACT"]);
      expect(told).toMatch(said);
      expect(await scene.heldOf("a")).toHaveLength(1);
    }
    expect(scene.valueOf("a")).toBeUndefined();
    await scene.expectSettled();
  },
);

test.each(CHANGED)(
  "I6: cortex: a key with %s is given to nobody by the next run either, when the run that made it could not look",
  async (_name, change) => {
    const scene = await openScene(CORTEX);
    const { dialect } = CORTEX;
    scene.declare("a");
    let isMade = false;
    scene.proxy.twist((request, forward) => {
      if (isMade && dialect.isList(request)) return Promise.resolve(PLAIN_500);
      if (!dialect.isCreate(request)) return forward(request);
      isMade = true;
      return changing(change)(request, forward);
    });
    expect((await scene.run()).codes).toEqual(["STORE_UNREACHABLE"]);
    const [made] = await scene.heldOf("a");
    scene.proxy.twist();
    expect((await scene.run()).codes).toEqual([]);
    expect((await scene.heldOf("a")).map(({ id }) => id)).not.toContain(made?.id);
    await scene.expectSettled();
  },
);

const UNAUTHORIZED: ProxyAnswer = {
  status: 401,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ reply: { err_code: 401, err_msg: "Public API request unauthorized" } }),
};

const GATES: readonly (readonly [string, Twist, string])[] = [
  ["says no", instead(UNAUTHORIZED), "VERIFY_FAILED"],
  ["is a gateway that asks who goes there", instead({ ...LOGIN, status: 401 }), "STORE_CONTRACT"],
  ["is a login page", instead(LOGIN), "STORE_CONTRACT"],
  ["is a gateway's refusal", instead({ ...LOGIN, status: 403 }), "STORE_FORBIDDEN"],
  ["is a redirect", instead(REDIRECT), "STORE_CONTRACT"],
  ["fails in plain text", instead(PLAIN_500), "STORE_UNREACHABLE"],
];

test.each(VENDORS.flatMap((vendor) => GATES.map((row) => [vendor.name, ...row, vendor] as const)))(
  "%s: a new key whose proof %s is given to nobody, and the old one stays",
  async (_vendor, _name, twist, code, vendor) => {
    const scene = await openScene(vendor);
    scene.declare("a");
    await scene.run();
    const before = scene.valueOf("a");
    scene.proxy.twist(when((request) => vendor.isOfAnother(request, scene.server), twist));
    const { codes } = await scene.run([{ type: "rotate", name: "a", reason: "asked" }]);
    expect(codes).toEqual([code]);
    expect(scene.valueOf("a")).toBe(before);
    await scene.expectSettled();
  },
);
