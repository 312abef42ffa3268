import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anIntent, aRecord, at, holding, NOW, SLOT } from "../a-key.fixture.ts";
import type { Applied, KnownForeign } from "../baseline.ts";
import type { Blocked } from "../blocked.ts";
import { itemDigests } from "../desired-item.ts";
import { DAY_MS } from "../duration.ts";
import type { Facts } from "../facts.ts";
import { mintRequest } from "../mint-request.ts";
import type { ChangeOutcome } from "../run.ts";
import { aDesiredRole, aLiveRole, aPlan, type FactsParts, someFacts } from "../some-facts.fixture.ts";
import { APPLIED_AT, type Before, changedFacts, strangers } from "./drift.fixture.ts";
import { nextBaseline, type RunEnd } from "./next-baseline.ts";

const COMMIT = "c".repeat(40);
const NEW = aDesiredKey({ displayName: "New" });
const stranger = { id: "x1", displayName: "Mine", createdAt: at(0) };

/** The end of a run whose changes all came out as `outcome`; absent: it had none. */
function endOf(facts: Facts, outcome?: ChangeOutcome["outcome"], over: Partial<RunEnd> = {}): RunEnd {
  const { changes, blocked } = aPlan(facts);
  const outcomes = changes.map(({ action, kind, name }) => ({
    action,
    kind,
    name,
    message: "",
    durationMs: 1,
  }));
  return {
    facts,
    commit: COMMIT,
    blocked,
    outcomes: outcome ? outcomes.map((each) => ({ ...each, outcome })) : [],
    at: NOW.toISOString(),
    ...over,
  };
}

const appliedBy = (end: RunEnd): Applied | undefined => nextBaseline(end)?.applied;
const digestsOf = (facts: Facts): Readonly<Record<string, string>> =>
  Object.fromEntries(itemDigests(facts.desired));

test("nothing new is nothing to write", () => {
  const before: Before = { applied: { commit: COMMIT } };
  expect(nextBaseline(endOf(changedFacts({}, before)))).toBeUndefined();
  expect(nextBaseline(endOf(changedFacts({ live: [] }, before), "applied"))).toBeUndefined();
  expect(nextBaseline(endOf(changedFacts(), undefined, { commit: undefined }))).toBeUndefined();
});

test("a commit that changes nothing is applied all the same, and since when the manifests are so stays", () => {
  const before: Before = { applied: { commit: "b".repeat(40) } };
  const facts = changedFacts({}, before);
  expect(appliedBy(endOf(facts))).toEqual({ at: APPLIED_AT, commit: COMMIT, items: digestsOf(facts) });
});

test("the first run remembers what it applied and which keys were there", () => {
  const foreign = strangers(
    { ...stranger, id: "b" },
    { ...stranger, id: "a" },
    { ...stranger, id: "c", instance: "staging" },
    { ...stranger, id: "d", instance: "staging" },
  );
  const facts = someFacts({ live: [], records: [], slots: [[SLOT, { type: "empty" }]], foreign });
  const known: KnownForeign = { ids: ["a", "b"], instances: ["staging"], at: NOW.toISOString() };
  const applied = { at: NOW.toISOString(), commit: COMMIT, items: digestsOf(facts) };
  expect(nextBaseline(endOf(facts, "applied"))).toEqual({ foreign: known, applied });
  const { foreign: none } = nextBaseline(endOf(someFacts(), "applied")) ?? {};
  expect(none?.ids).toEqual([]);
});

test("a listing that is not whole tells nothing of who was there", () => {
  expect(nextBaseline(endOf(someFacts({ complete: false })))).not.toHaveProperty("foreign");
});

test("which keys are known is not taken anew by later runs", () => {
  const facts = changedFacts({ keys: [NEW], foreign: strangers(stranger) });
  expect(nextBaseline(endOf(facts, "applied"))?.foreign).toEqual({ ids: [], instances: [], at: APPLIED_AT });
});

test("a manifest is applied when its changes are, and not before", () => {
  const facts = changedFacts({ keys: [NEW] }, { applied: { commit: "b".repeat(40) } });
  expect(appliedBy(endOf(facts, "applied"))).toEqual({
    at: NOW.toISOString(),
    commit: COMMIT,
    items: digestsOf(facts),
  });
  for (const outcome of ["failed", "not-run", "unknown", undefined] as const)
    expect(nextBaseline(endOf(facts, outcome))).toBeUndefined();
});

test("a manifest that asks for nothing is applied by any run, also by one about others", () => {
  const rotation = { ...aDesiredKey().rotation, overlapMs: 1 };
  const other = aDesiredKey({ name: "other", deliverTo: [{ sink: "other", path: "o" }] });
  const facts = changedFacts(
    { keys: [aDesiredKey({ rotation }), other] },
    { applied: { commit: "b".repeat(40) } },
  );
  const next = appliedBy(endOf(facts));
  expect(next?.items).toEqual({ "ApiKey/scanner": digestsOf(facts)["ApiKey/scanner"] });
  expect(next?.commit).toBe("b".repeat(40));
  expect(appliedBy(endOf(changedFacts({ keys: [aDesiredKey({ rotation }), other] })))).not.toHaveProperty(
    "commit",
  );
});

test.each<[string, FactsParts]>([
  ["its rotation by age waits", { now: new Date(NOW.getTime() + 70 * DAY_MS) }],
  [
    "what a run began for it is not ended",
    { records: [aRecord(aLiveKey(), { intent: anIntent(2, "op2") })] },
  ],
  [
    "the end of an overlap waits",
    {
      live: [
        aLiveKey({ id: "ak0" }, { operation: "op0" }),
        aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" }),
      ],
      records: [
        aRecord(aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" }), {
          retiring: [{ operation: "op0", id: "ak0", retireAt: at(-1) }],
        }),
      ],
      slots: [[SLOT, holding(aLiveKey({}, { operation: "op2" }))]],
    },
  ],
])("a manifest is applied although %s", (_what, parts) => {
  const rotation = { ...aDesiredKey().rotation, overlapMs: 1 };
  const key = aDesiredKey({ rotation });
  const begun = parts.records?.map((record) =>
    record.intent ? { ...record, intent: { ...record.intent, request: mintRequest(key) } } : record,
  );
  const facts = changedFacts({ ...parts, keys: [key], ...(begun && { records: begun }) });
  expect(appliedBy(endOf(facts))?.items).toEqual(digestsOf(facts));
});

const block = (code: Blocked["code"]): Blocked => ({
  kind: "ApiKey",
  name: "scanner",
  code,
  message: "m",
  hint: "h",
});

test("what is left alone is not applied, but for a key that only waits to be named", () => {
  const rotation = { ...aDesiredKey().rotation, overlapMs: 1 };
  const facts = changedFacts({ keys: [aDesiredKey({ rotation })] });
  expect(nextBaseline(endOf(facts, undefined, { blocked: [block("KEY_UNKNOWN")] }))).toBeUndefined();
  expect(appliedBy(endOf(facts, undefined, { blocked: [block("PROTECTED")] }))?.items).toEqual(
    digestsOf(facts),
  );
});

test("a key that is no longer declared is forgotten once it is gone", () => {
  const facts = changedFacts({ keys: [], slots: [] });
  expect(appliedBy(endOf(facts, "applied"))?.items).toEqual({});
  expect(nextBaseline(endOf(facts, "failed"))).toBeUndefined();
});

test("a role that is no longer declared and that some key still has is to end", () => {
  const live = [aLiveKey({ roles: [{ type: "custom", tag: "editor" }] })];
  const before: Before = { roles: [aDesiredRole()], live };
  const held = changedFacts({ roles: [], liveRoles: [aLiveRole()], live }, before);
  expect(appliedBy(endOf(held))?.items["Role/editor"]).toBe("-");
  const free = changedFacts({ roles: [], liveRoles: [aLiveRole()] }, { roles: [aDesiredRole()] });
  expect(appliedBy(endOf(free, "applied"))?.items).not.toHaveProperty("Role/editor");
  expect(nextBaseline(endOf(free, "failed"))).toBeUndefined();
});
