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
  expect(state).toEqual({ keys: [ours], roles: [], foreign: { keys: 2, roles: [] }, complete: true });
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
        expect(ours).toContain(change.action === "revoke" ? change.key.id : change.current.id);
      }
    }),
    { numRuns: 1_000 },
  );
});
