/** For random keys: the order of inputs never matters, what only narrows has no risk, and its reverse has one. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { aCurrent, aDesiredKey, aLiveKey, aReceipt, aRecord, at, holding } from "../a-key.fixture.ts";
import type { DesiredKey, Slot } from "../desired.ts";
import { diff } from "../diff.ts";
import { DAY_MS } from "../duration.ts";
import type { Facts } from "../facts.ts";
import { DEFAULT_ROLES } from "../role-ref.ts";
import { aDesiredRole, aLiveRole, someFacts, someLimits } from "../some-facts.fixture.ts";
import type { Risk } from "./risk.ts";
import { risksOf } from "./risks-of.ts";

const NAMES = ["a", "b", "c"] as const;
const SINKS = ["local", "vault", "actions"] as const;
const PERMISSIONS = ["Edit", "Own", "View"] as const;

/** How far a key reaches: more in each is wider. */
interface Reach {
  readonly rank: number;
  /** 0: never ends. */
  readonly days: number;
  readonly slots: number;
  readonly isAdvanced: boolean;
  readonly isProtected: boolean;
}

const reach: fc.Arbitrary<Reach> = fc.record({
  rank: fc.nat(DEFAULT_ROLES.length - 1),
  days: fc.constantFrom(0, 30, 90, 365),
  slots: fc.integer({ min: 1, max: SINKS.length }),
  isAdvanced: fc.boolean(),
  isProtected: fc.boolean(),
});

const lifeOf = ({ days }: Reach): number => (days === 0 ? Infinity : days);

function isWithin(inner: Reach, outer: Reach): boolean {
  const isGuarded = (inner.isAdvanced || !outer.isAdvanced) && (inner.isProtected || !outer.isProtected);
  return (
    inner.rank <= outer.rank && lifeOf(inner) <= lifeOf(outer) && inner.slots <= outer.slots && isGuarded
  );
}

const expiresOf = ({ days }: Reach): DesiredKey["expires"] =>
  days === 0 ? { type: "never" } : { type: "after", ms: days * DAY_MS };
const slotsOf = (name: string, { slots }: Reach): readonly Slot[] =>
  SINKS.slice(0, slots).map((sink) => ({ sink, path: name }));
const rolesOf = ({ rank }: Reach): DesiredKey["roles"] => [
  { type: "default", role: DEFAULT_ROLES[rank] ?? "READ_ONLY" },
];
const levelOf = ({ isAdvanced }: Reach): "standard" | "advanced" => (isAdvanced ? "advanced" : "standard");

type Keys = readonly { readonly from: Reach; readonly to: Reach }[];

/** Each key as it is, and as it is to be; so is what one role permits. */
function factsOf(keys: Keys, permissions: readonly (readonly string[])[]): Facts {
  const each = keys.map(({ from, to }, index) => {
    const name = NAMES[index] ?? "x";
    const { expiresAt: _, ...endless } = aLiveKey({ id: `id-${name}` }, { name, operation: `op-${name}` });
    const dated = from.days === 0 ? endless : { ...endless, expiresAt: at((from.days - 10) * DAY_MS) };
    const live = { ...dated, roles: rolesOf(from), securityLevel: levelOf(from) };
    const receipts = slotsOf(name, from).map((slot) => aReceipt(slot, live));
    const current = aCurrent(live, { expires: expiresOf(from), receipts });
    return {
      live,
      record: aRecord(live, { current, protected: from.isProtected }),
      desired: aDesiredKey({
        name,
        roles: rolesOf(to),
        expires: expiresOf(to),
        deliverTo: slotsOf(name, to),
        securityLevel: levelOf(to),
        protected: to.isProtected,
        rotation: { trigger: { type: "disabled" }, overlapMs: 0 },
      }),
      readings: slotsOf(name, to).map(
        (slot, at) => [slot, at < from.slots ? holding(live) : ({ type: "empty" } as const)] as const,
      ),
    };
  });
  const [present = [], wanted = []] = permissions;
  return someFacts({
    keys: each.map(({ desired }) => desired),
    live: each.map(({ live }) => live),
    records: each.map(({ record }) => record),
    slots: each.flatMap(({ readings }) => readings),
    roles: [aDesiredRole({ permissions: wanted })],
    liveRoles: [aLiveRole({ permissions: present })],
    capabilities: { securityLevels: ["standard", "advanced"] },
  });
}

const risksIn = (facts: Facts): readonly Risk[] => risksOf(diff(facts).changes, facts, someLimits());
const permits = fc.subarray([...PERMISSIONS]);
const pairs = fc.array(fc.record({ from: reach, to: reach }), { minLength: 1, maxLength: NAMES.length });

test("the order of keys, live keys, records and changes never shows", () => {
  fc.assert(
    fc.property(
      pairs,
      fc.tuple(permits, permits),
      fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
      (keys, roles, order) => {
        const facts = factsOf(keys, roles);
        const shuffled = <T>(items: Iterable<T>): readonly T[] =>
          [...items]
            .map((item, index) => [order[index] ?? 0, item] as const)
            .toSorted(([a], [b]) => a - b)
            .map(([, item]) => item);
        const { desired, live, records } = facts;
        const other: Facts = {
          ...facts,
          desired: { ...desired, keys: shuffled(desired.keys) },
          live: { ...live, keys: shuffled(live.keys) },
          records: new Map(shuffled(records)),
        };
        expect(risksOf(shuffled(diff(other).changes), other, {})).toEqual(risksIn(facts));
      },
    ),
    { numRuns: 100 },
  );
});

test("what only narrows has no risk, and its reverse has one", () => {
  fc.assert(
    fc.property(reach, reach, permits, permits, (one, other, some, more) => {
      const narrow: Reach = {
        rank: Math.min(one.rank, other.rank),
        days: lifeOf(one) <= lifeOf(other) ? one.days : other.days,
        slots: Math.min(one.slots, other.slots),
        isAdvanced: one.isAdvanced || other.isAdvanced,
        isProtected: one.isProtected || other.isProtected,
      };
      const few = some.filter((each) => more.includes(each));
      expect(isWithin(narrow, other)).toBe(true);
      expect(risksIn(factsOf([{ from: other, to: narrow }], [more, few]))).toEqual([]);
      const isSame = isWithin(other, narrow) && few.length === more.length;
      expect(risksIn(factsOf([{ from: narrow, to: other }], [few, more])).length > 0).toBe(!isSame);
    }),
    { numRuns: 200 },
  );
});
