import fc from "fast-check";
import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey } from "./a-key.fixture.ts";
import { diff } from "./diff.ts";
import type { Facts } from "./facts.ts";
import { canonicalScope, type KeyScope, renderScope, scopeDifferences } from "./key-scope.ts";
import { noticesOf } from "./notice.ts";
import { type FactsParts, linesFor, someFacts } from "./some-facts.fixture.ts";

const tags = (...names: readonly string[]): KeyScope => ({ endpointTags: { mode: "scope", names } });
const groups = (...groupIds: readonly number[]): KeyScope => ({ assets: { mode: "scope", groupIds } });
const mode = (word: "no_scope" | "see_all" | "any"): KeyScope => ({ endpointTags: { mode: word } });

const areas = (declared: KeyScope | undefined, live: KeyScope | undefined): readonly string[] =>
  scopeDifferences(declared, live).map(({ area, from, to }) => `${area}: ${from} → ${to}`);

test("order and repetitions of a scope's lists mean nothing, and neither does a list that no mode reads", () => {
  expect(canonicalScope({ ...groups(10, 3, 10), ...tags("b", "a", "b") })).toEqual({
    ...groups(3, 10),
    ...tags("a", "b"),
  });
  expect(canonicalScope({ casesIssues: { mode: "see_all", names: ["x"] } })).toEqual({
    casesIssues: { mode: "see_all" },
  });
  expect(canonicalScope({ endpointGroups: { mode: "scope" }, assets: { mode: "no_scope" } })).toEqual({
    endpointGroups: { mode: "scope", names: [] },
    assets: { mode: "no_scope" },
  });
  expect(areas(groups(3, 10), groups(10, 3, 3))).toEqual([]);
  expect(areas(tags("a", "b"), tags("b", "a"))).toEqual([]);
});

test("only areas that are declared count", () => {
  const live = { ...groups(1), ...mode("any"), casesIssues: { mode: "no_scope" } } as const;
  expect(areas(undefined, live)).toEqual([]);
  expect(areas(groups(1), live)).toEqual([]);
  expect(areas({ ...groups(2, 10), casesIssues: { mode: "see_all" } }, live)).toEqual([
    "assets: scope: 1 → scope: 2, 10",
    "casesIssues: no_scope → see_all",
  ]);
});

test("what the store does not tell differs from what is declared", () => {
  expect(areas(tags("a"), undefined)).toEqual(["endpointTags: undefined → scope: a"]);
  expect(areas(tags("a"), groups(1))).toEqual(["endpointTags: undefined → scope: a"]);
});

test("a name that reads like a mode, or like two names, is taken for neither", () => {
  expect(areas(tags("see_all"), mode("see_all"))).toHaveLength(1);
  expect(areas(tags("a, b"), tags("a", "b"))).toEqual(['endpointTags: scope: a, b → scope: "a, b"']);
  expect(areas({ assets: { mode: "scope" } }, groups(1))).toEqual(["assets: scope: 1 → scope: "]);
  expect(areas({ endpointTags: { mode: "scope" } }, tags("a"))).toHaveLength(1);
});

test("a scope is written area by area, always in one order", () => {
  expect(renderScope({ ...mode("see_all"), ...groups(7, 3) })).toBe(
    "assets scope: 3, 7; endpointTags see_all",
  );
});

test.each<[string, KeyScope, KeyScope, boolean]>([
  ["one more tag", tags("a"), tags("a", "b"), true],
  ["another tag", tags("a"), tags("b"), true],
  ["a tag less", tags("a", "b"), tags("a"), false],
  ["everything", tags("a"), mode("see_all"), true],
  ["whatever has a tag", tags("a"), mode("any"), true],
  ["a list out of whatever has a tag", mode("any"), tags("a"), false],
  ["a list out of everything", mode("see_all"), tags("a"), false],
  ["everything instead of whatever has a tag", mode("any"), mode("see_all"), true],
  ["nothing", mode("see_all"), mode("no_scope"), false],
  ["something instead of nothing", mode("no_scope"), tags("a"), true],
  ["one more group", groups(1), groups(1, 2), true],
  ["a group less", groups(1, 2), groups(2), false],
])("%s widens a scope, or does not", (_name, live, declared, isWidened) => {
  expect(scopeDifferences(declared, live)).toMatchObject([{ isWidened }]);
});

const someScope = fc.record(
  {
    assets: fc.oneof(
      fc.record({ mode: fc.constantFrom("no_scope" as const, "see_all" as const) }),
      fc.record({ mode: fc.constant("scope" as const), groupIds: fc.array(fc.nat(9)) }),
    ),
    endpointTags: fc.oneof(
      fc.record({ mode: fc.constantFrom("no_scope" as const, "see_all" as const, "any" as const) }),
      fc.record({ mode: fc.constant("scope" as const), names: fc.array(fc.constantFrom("a", "b", "a, b")) }),
    ),
  },
  { requiredKeys: [] },
);

test("two scopes differ exactly when their canonical forms do, and both cannot see more than the other within", () => {
  fc.assert(
    fc.property(someScope, someScope, (a, b) => {
      const whole = { assets: { mode: "see_all" }, endpointTags: { mode: "see_all" }, ...b } as const;
      const declared = canonicalScope(a);
      const isEqual =
        JSON.stringify({ ...canonicalScope(whole), ...declared }) === JSON.stringify(canonicalScope(whole));
      expect(scopeDifferences(declared, whole).length === 0).toBe(isEqual);
      expect(scopeDifferences(declared, a)).toEqual([]);
      expect(scopeDifferences(canonicalScope(whole), { ...whole, ...a })).toHaveLength(
        scopeDifferences(declared, whole).length,
      );
    }),
  );
});

const scoped = { capabilities: { updatable: ["displayName", "scope"] } } as const;
const factsOf = (scope: KeyScope, live: KeyScope | undefined, parts: FactsParts = {}) =>
  someFacts({
    keys: [aDesiredKey({ scope })],
    live: [aLiveKey(live && { scope: live })],
    ...scoped,
    ...parts,
  });

test("a scope that differs is changed in place, area by area", () => {
  const facts = factsOf({ ...tags("a"), ...groups(1) }, { ...tags("b"), ...groups(1) });
  const { changes } = diff(facts);
  expect(changes).toMatchObject([
    { action: "update", fields: [{ field: "scope.endpointTags", from: "scope: b", to: "scope: a" }] },
  ]);
  expect(linesFor(factsOf(tags("a"), tags("a")))).toEqual([]);
});

test("a scope that grows is told besides, one that shrinks or was not known is not", () => {
  const told = (facts = factsOf(tags("a"), undefined)) =>
    noticesOf(facts, diff(facts).changes).map(({ code, message }) => `${code} ${message}`);
  expect(told(factsOf(mode("see_all"), tags("a")))).toEqual([
    "SCOPE_WIDENED scanner will see what it did not see before: endpointTags scope: a → see_all",
  ]);
  expect(told(factsOf(tags("a"), mode("see_all")))).toEqual([]);
  expect(told()).toEqual([expect.stringContaining("SCOPE_UNKNOWN scanner declares endpointTags")]);
});

const told = (facts: Facts) => noticesOf(facts, diff(facts).changes).map(({ code }) => code);

test("what the store does not tell of a scope is told, and never changed: no update could be seen to help", () => {
  const half = factsOf({ ...tags("a"), ...groups(1) }, groups(2));
  expect(diff(half).changes).toMatchObject([{ fields: [{ field: "scope.assets" }] }]);
  expect(told(half)).toEqual(["SCOPE_WIDENED", "SCOPE_UNKNOWN"]);
  const none = factsOf(tags("a"), undefined);
  expect(diff(none).changes).toEqual([]);
  expect(told(none)).toEqual(["SCOPE_UNKNOWN"]);
  expect(told(factsOf(tags("a"), undefined, { live: [], records: [] }))).toEqual([]);
  const expired = aLiveKey({ status: "expired" });
  expect(told(factsOf(tags("a"), undefined, { live: [expired] }))).not.toContain("SCOPE_UNKNOWN");
});

test("a store without scopes leaves a key that declares one alone, new or not, and only that key", () => {
  const other = aDesiredKey({ name: "other" });
  const keys = [aDesiredKey({ scope: tags("a"), description: "new" }), other];
  const { changes, blocked } = diff(someFacts({ keys }));
  expect(changes.map(({ action, name }) => `${action} ${name}`)).toEqual(["create other", "update scanner"]);
  expect(blocked).toMatchObject([{ name: "scanner", code: "SCOPE_UNSUPPORTED" }]);
  const fresh = diff(someFacts({ keys: [aDesiredKey({ scope: tags("a") })], live: [], records: [] }));
  expect([fresh.changes, fresh.blocked.map(({ code }) => code)]).toEqual([[], ["SCOPE_UNSUPPORTED"]]);
});

test("a key of which a person asks the end needs no scope", () => {
  const requests = [{ type: "revoke", name: "scanner", ids: ["ak1"], reason: "done" }] as const;
  const { changes, blocked } = diff(someFacts({ keys: [aDesiredKey({ scope: tags("a") })], requests }));
  expect([changes.length, blocked]).toEqual([1, []]);
});
