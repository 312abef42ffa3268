import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anIntent, aRecord, holding, SLOT } from "./a-key.fixture.ts";
import { diff } from "./diff.ts";
import { holdAltered } from "./hold-altered.ts";
import { aPlan, type FactsParts, linesOf, someFacts } from "./some-facts.fixture.ts";

/** In the store, and without our marker. */
const foreign = (...ids: readonly string[]) => ({ keys: ids.length, roles: [], ids });
const WITHOUT_LABELS = { updatable: ["displayName", "description"] } as const;

function held(parts: FactsParts, allowed: readonly string[] = []) {
  const facts = someFacts(parts);
  const { changes, blocked } = holdAltered(diff(facts), facts, { allowed });
  return { lines: linesOf(changes), blocked };
}

const codesOf = (parts: FactsParts, allowed?: readonly string[]): readonly string[] =>
  held(parts, allowed).blocked.map(({ name, code }) => `${name} ${code}`);

const lost: FactsParts = { live: [], foreign: foreign("ak1"), slots: [[SLOT, holding(aLiveKey())]] };

test("a current key that lost its marker is not replaced behind people's backs: it would live on for ever", () => {
  const { lines, blocked } = held(lost);
  expect(lines).toEqual([]);
  expect(blocked).toEqual([
    {
      kind: "ApiKey",
      name: "scanner",
      code: "MARKER_ALTERED",
      message:
        "by the ledger ak1 is the current key of scanner, and it carries no marker of this instance any more",
      hint: "somebody edited it in the store: put its keywright/ labels back (instance acme, name scanner, generation 1, operation op1); or revoke it in the store; or leave it to people from now on: --allow scanner",
      at: aDesiredKey().origin,
    },
  ]);
});

test("where a store has no labels, the hint has the text of the marker", () => {
  expect(held({ ...lost, capabilities: WITHOUT_LABELS }).blocked[0]?.hint).toContain(
    "put [kw acme/scanner g1 op1] back at the end of its description",
  );
});

test("a person may keep the key: then another one is minted", () => {
  expect(held(lost, ["scanner"])).toEqual({ lines: ["create ApiKey scanner"], blocked: [] });
});

test("what is not declared is never left to people: it would be revoked by its id", () => {
  const parts = { ...lost, keys: [aDesiredKey({ name: "other" })] };
  const { lines, blocked } = held(parts, ["scanner"]);
  expect(lines).toEqual(["create ApiKey other"]);
  expect(blocked[0]).toMatchObject({ name: "scanner", code: "MARKER_ALTERED" });
  expect(blocked[0]).not.toHaveProperty("at");
  expect(blocked[0]?.hint).not.toContain("--allow");
});

test("a replaced key that lost its marker holds its name until it is gone, whatever is allowed", () => {
  const retiring = [{ operation: "op0", id: "ak0", retireAt: "2026-11-20T00:00:00.000Z" }];
  const parts: FactsParts = { foreign: foreign("ak0"), records: [aRecord(aLiveKey(), { retiring })] };
  const [blocked] = held(parts, ["scanner"]).blocked;
  expect(blocked?.message).toContain("ak0 is a replaced key of scanner");
  expect(blocked?.hint).toBe("somebody edited it in the store: revoke it in the store");
});

test("a key that is gone, or is somebody else's, is no altered one", () => {
  expect(held({ live: [] }).lines).toEqual(["create ApiKey scanner"]);
  expect(codesOf({ foreign: foreign("made-by-hand") })).toEqual([]);
});

test("a key in use whose marker names another key is not revoked as that one's", () => {
  const bent = aLiveKey({}, { name: "scanner-2" });
  const { lines, blocked } = held({ live: [bent] }, ["scanner", "scanner-2"]);
  expect(lines).toEqual([]);
  expect(blocked.map(({ name, code }) => `${name} ${code}`)).toEqual([
    "scanner MARKER_ALTERED",
    "scanner-2 MARKER_ALTERED",
  ]);
  expect(blocked[0]?.message).toContain("it carries the marker [kw acme/scanner-2 g1 op1]");
});

test("another operation in the marker says more than that the ledger does not know it", () => {
  expect(codesOf({ live: [aLiveKey({}, { operation: "op9" })] })).toEqual(["scanner MARKER_ALTERED"]);
});

test("the key of an attempt, which has no id in the ledger yet, is known by its operation", () => {
  const bent = aLiveKey({ id: "ak2" }, { name: "scanner-2", operation: "op2", generation: 2 });
  const begun = aRecord(aLiveKey(), { intent: anIntent(2, "op2") });
  const { lines, blocked } = held({ live: [aLiveKey(), bent], records: [begun] });
  expect(lines).toEqual([]);
  expect(blocked[0]?.message).toContain("ak2 is from an attempt to mint scanner");
  const given = aRecord(aLiveKey(), {
    abandoned: [{ operation: "op2", generation: 2, revokeAt: "2026-11-20T00:00:00.000Z" }],
  });
  expect(codesOf({ live: [aLiveKey(), bent], records: [given] })).toEqual([
    "scanner MARKER_ALTERED",
    "scanner-2 MARKER_ALTERED",
  ]);
});

test("a twin of the current key has its marker, and is none that was altered", () => {
  const twin = aLiveKey({ id: "ak2", last4: "bbbb" });
  expect(codesOf({ live: [aLiveKey(), twin] })).not.toContain("scanner MARKER_ALTERED");
});

test("a rename is no alteration, before its end and after it", () => {
  const keys = [aDesiredKey({ name: "new", previousNames: ["scanner"] })];
  const renamed = aLiveKey({}, { name: "new" });
  expect(codesOf({ keys })).toEqual([]);
  expect(codesOf({ keys, live: [renamed] })).toEqual([]);
  const both = [aRecord(), { ...aRecord(renamed), name: "new" }];
  expect(codesOf({ keys, live: [renamed], records: both })).toEqual([]);
  expect(codesOf({ keys, live: [renamed], records: both, foreign: foreign("ak1") })).toEqual([
    "new MARKER_ALTERED",
  ]);
});

test("what stands elsewhere in the plan goes on, and so does a leaked key beside a valid one", () => {
  const other = aDesiredKey({ name: "other", deliverTo: [{ sink: "local", path: "other" }] });
  expect(held({ ...lost, keys: [aDesiredKey(), other] }).lines).toEqual(["create ApiKey other"]);
});

test("a plan that is asked for about another key says nothing of it", () => {
  const requests = [{ type: "revoke", name: "other", reason: "x" }] as const;
  expect(codesOf({ ...lost, requests })).toEqual([]);
});

test("a role that blocks keeps its own words", () => {
  const roles = [
    {
      kind: "Role",
      name: "scanner",
      displayName: "Scanner",
      description: "",
      permissions: [],
      origin: { file: "r.yaml", line: 1, column: 1 },
    },
  ] as const;
  const both = { ...foreign("ak1"), roles: ["scanner"] };
  expect(codesOf({ ...lost, roles, foreign: both })).toEqual([
    "scanner ROLE_FOREIGN",
    "scanner MARKER_ALTERED",
  ]);
});

const digestOf = (parts: FactsParts): string => aPlan(someFacts(parts)).liveDigest;

test("a plan that was made while the key still had its marker is out of date", () => {
  expect(digestOf(lost)).not.toBe(digestOf({ ...lost, foreign: foreign() }));
  expect(digestOf({ ...lost, foreign: foreign("ak1", "made-by-hand") })).toBe(digestOf(lost));
});

test("the key of an attempt under way has its marker, and is none that was altered", () => {
  const { current: _, ...begun } = aRecord(aLiveKey(), { intent: anIntent(1, "op1") });
  expect(codesOf({ records: [begun] })).toEqual([]);
});
