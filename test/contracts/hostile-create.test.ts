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
import { parseBody, type Twist, withBody } from "./quirk-proxy.fixture.ts";
import { VENDORS } from "./tenant.fixture.ts";
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

const GATES: readonly (readonly [string, Twist, string])[] = [
  ["says no", instead({ status: 401, headers: {}, body: "" }), "VERIFY_FAILED"],
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
