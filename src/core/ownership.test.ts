import fc from "fast-check";
import { expect, test } from "vitest";
import { aForeignKey, aLiveKey } from "./a-key.fixture.ts";
import { diff } from "./diff.ts";
import type { LiveKey } from "./live.ts";
import { ownedState } from "./ownership.ts";
import { aLiveRole, someFacts } from "./some-facts.fixture.ts";

test("I4: keys without our marker are only counted", () => {
  const ours = aLiveKey();
  const keys = [aForeignKey(), ours, aLiveKey({ id: "ak9" }, { instance: "other" })];
  const state = ownedState({ keys, roles: [], policy: undefined, complete: true }, "acme");
  expect(state).toMatchObject({ keys: [ours], adoptable: [], roles: [], complete: true });
  expect(state.foreign).toMatchObject({ keys: 2, roles: [] });
});

test("of a key that is not ours is told which it is, and whose", () => {
  const [byHand, theirs] = [aForeignKey(), aLiveKey({ id: "ak9" }, { instance: "other" })];
  const own = aForeignKey({ id: "own" });
  const reading = { keys: [byHand, theirs, own, aLiveKey()], roles: [], policy: undefined, complete: true };
  const { displayName, createdAt } = byHand;
  expect(ownedState(reading, "acme", ["else", "own"]).foreign.listed).toEqual([
    { id: "made-by-hand", displayName, createdAt },
    { id: "ak9", displayName, createdAt, instance: "other" },
  ]);
});

test("of keys without our marker those are seen that a manifest adopts, and they are not counted", () => {
  const [byHand, theirs] = [aForeignKey(), aLiveKey({ id: "ak9" }, { instance: "other" })];
  const keys = [byHand, theirs, aForeignKey({ id: "ak8" }), aLiveKey()];
  const reading = { keys, roles: [], policy: undefined, complete: true };
  const state = ownedState(reading, "acme", [], new Set([byHand.id, theirs.id, "ak1"]));
  expect(state.adoptable).toEqual([byHand, theirs]);
  expect(state.keys).toEqual([aLiveKey()]);
  expect(state.foreign.keys).toBe(1);
});

test("I4: of roles that are not ours only the tag is known", () => {
  const { instance: _, ...byHand } = aLiveRole({ name: "by-hand" });
  const roles = [aLiveRole(), byHand, aLiveRole({ name: "theirs", instance: "other" })];
  const policy = { kind: "SecurityPolicy", requireExpiration: true } as const;
  const state = ownedState({ keys: [], roles, policy, complete: false }, "acme");
  expect(state.roles).toEqual([aLiveRole()]);
  expect(state.foreign.roles).toEqual(["by-hand", "theirs"]);
  expect(state.policy).toEqual(policy);
  expect(state.complete).toBe(false);
});

const markers: fc.Arbitrary<LiveKey["marker"]> = fc.option(
  fc.record({
    instance: fc.constantFrom("acme", "acme-prod", "ACME", ""),
    name: fc.constantFrom("scanner", "former", "other"),
    generation: fc.integer({ min: 1, max: 3 }),
    operation: fc.constantFrom("op1", "op2", "op3"),
  }),
  { nil: undefined },
);

const keys = fc
  .array(fc.record({ marker: markers, status: fc.constantFrom("active", "expired", "pending") }), {
    maxLength: 8,
  })
  .map((all) =>
    all.map(({ marker, status }, index): LiveKey => {
      const key = aForeignKey({ id: `key${index}`, status });
      return marker ? { ...key, marker } : key;
    }),
  );

test("I4: for random live states no change ever refers to a key without our marker", () => {
  fc.assert(
    fc.property(keys, fc.boolean(), (all, isDeclared) => {
      const live = ownedState({ keys: all, roles: [], policy: undefined, complete: true }, "acme");
      const facts = { ...someFacts({ records: [], ...(isDeclared ? {} : { keys: [] }) }), live };
      const ours = new Set(all.filter(({ marker }) => marker?.instance === "acme").map(({ id }) => id));
      for (const change of diff(facts).changes) {
        if (change.kind !== "ApiKey" || change.action === "create") continue;
        expect(ours).toContain("key" in change ? change.key.id : change.current.id);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("of the roles that others have, the custom ones are known: none is revoked under them", () => {
  const role = aLiveRole({ name: "editor" });
  const byHand = aForeignKey({
    roles: [
      { type: "custom", tag: "editor" },
      { type: "default", role: "USER" },
    ],
  });
  const reading = { keys: [byHand], roles: [role], policy: undefined, complete: true };
  const live = ownedState(reading, "acme");
  expect(live.foreign.heldRoles).toEqual(["editor"]);
  const facts = someFacts({ keys: [], records: [] });
  expect(diff({ ...facts, live }).changes).toEqual([]);
  expect(diff({ ...facts, live: ownedState({ ...reading, keys: [] }, "acme") }).changes).toHaveLength(1);
});
