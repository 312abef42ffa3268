import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aForeignKey,
  aLiveKey,
  anEmptyRecord,
  anIntent,
  aRecord,
  at,
  holding,
  SLOT,
} from "./a-key.fixture.ts";
import { isFault } from "./blocked.ts";
import type { RotateKey } from "./change.ts";
import { diff } from "./diff.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import { violationsOf } from "./guard.ts";
import type { KeyRequest } from "./request.ts";
import {
  aDesiredPolicy,
  aPlan,
  type FactsParts,
  linesFor,
  linesOf,
  someFacts,
  someLimits,
} from "./some-facts.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const NEVER = { type: "never" } as const;

/** Declares a key that lies in no sink of ours, as an import writes it. */
const adopting = (over: Parameters<typeof aDesiredKey>[0] = {}): ReturnType<typeof aDesiredKey> =>
  aDesiredKey({ adopt: { id: "ak1" }, deliverTo: [], ...over });

/** `adopting()` with a sink. */
const ready = (over: Parameters<typeof aDesiredKey>[0] = {}): ReturnType<typeof aDesiredKey> =>
  adopting({ deliverTo: [SLOT], ...over });

/** The key is live, and nobody knows anything more of it. */
const untouched = (over: FactsParts = {}): FactsParts => ({
  keys: [adopting()],
  live: [],
  adoptable: [aForeignKey({ id: "ak1" })],
  records: [],
  slots: [],
  ...over,
});

/** The key carries our marker; its value is held elsewhere. */
const adopted = (over: FactsParts = {}): FactsParts => ({
  keys: [adopting()],
  live: [aLiveKey()],
  records: [],
  slots: [],
  ...over,
});

/** A successor took its place, and it is in its overlap. */
const SUCCESSOR = aLiveKey({ id: "ak2", last4: "bbbb" }, { generation: 2, operation: "op2" });
const replaced = (over: FactsParts = {}): FactsParts => ({
  keys: [ready()],
  live: [aLiveKey(), SUCCESSOR],
  records: [aRecord(SUCCESSOR, { retiring: [{ operation: "op1", id: "ak1", retireAt: at(HOUR_MS) }] })],
  slots: [[SLOT, holding(SUCCESSOR)]],
  ...over,
});

const WHY = { name: "scanner", reason: "moving to CI" } as const;
const TAKE: KeyRequest = { type: "take-custody", ...WHY };
const LEAK: KeyRequest = { type: "leak", ...WHY, operation: "op1" };
const REVOKE: KeyRequest = { type: "revoke", ...WHY };

const blockedOf = (parts: FactsParts): readonly string[] =>
  diff(someFacts(parts)).blocked.map(({ name, code }) => `${name}: ${code}`);

// ── Adopting ─────────────────────────────────────────────────────────────────────────────────────────────

test("a live key without a marker is adopted by its id, with the metadata that differs", () => {
  const other = { displayName: "Old name", description: "", labels: {}, roles: USER };
  const { owner: _, ...key } = aForeignKey({ id: "ak1", ...other });
  const { changes, blocked } = diff(someFacts(untouched({ adoptable: [key] })));
  expect(blocked).toEqual([]);
  expect(changes).toEqual([
    {
      action: "adopt",
      kind: "ApiKey",
      name: "scanner",
      desired: adopting(),
      key: { id: "ak1", last4: "aaaa", status: "active", createdAt: key.createdAt, expiresAt: key.expiresAt },
      fields: [
        { field: "displayName", from: "Old name", to: "Scanner" },
        { field: "description", from: "", to: "Scans" },
        { field: "owner", to: "platform" },
        { field: "labels", from: "", to: "tier=internal" },
      ],
    },
  ]);
});

test("an adoption refers to a key as the store tells of it", () => {
  const { last4: _, expiresAt: __, ...key } = aForeignKey({ id: "ak1" });
  const [change] = diff(someFacts(untouched({ adoptable: [key] }))).changes;
  expect(change).toMatchObject({ key: { id: "ak1", status: "active", createdAt: key.createdAt } });
  expect(Object.keys((change as { key: object }).key)).toEqual(["id", "status", "createdAt"]);
});

test("a store that changes roles in place changes none by an adoption, and does by the next plan", () => {
  const capabilities = { updatable: ["displayName", "roles", "scope"] } as const;
  const keys = [adopting({ roles: USER, scope: { assets: { mode: "see_all" } } })];
  const [change] = diff(someFacts(untouched({ keys, capabilities }))).changes;
  expect(change).toMatchObject({ action: "adopt", fields: [] });
  expect(linesFor(someFacts(adopted({ keys, capabilities })))).toEqual(["update ApiKey scanner"]);
});

test("I4: a key that another instance manages is never adopted", () => {
  const key = aLiveKey({}, { instance: "other", name: "theirs" });
  const { changes, blocked } = diff(someFacts(untouched({ adoptable: [key] })));
  expect(changes).toEqual([]);
  expect(blocked[0]).toMatchObject({ code: "ADOPTION_FOREIGN", message: expect.stringContaining("other") });
});

test("a key that is not in the store is never made in its place", () => {
  expect(linesFor(someFacts(untouched({ adoptable: [] })))).toEqual([]);
  expect(blockedOf(untouched({ adoptable: [] }))).toEqual(["scanner: ADOPTION_MISSING"]);
  const told = anEmptyRecord({ protected: true });
  expect(blockedOf(untouched({ adoptable: [], records: [told] }))).toEqual(["scanner: ADOPTION_MISSING"]);
  const known = aRecord(aLiveKey());
  expect(blockedOf(untouched({ adoptable: [], records: [known] }))).toEqual(["scanner: ADOPTION_MISSING"]);
});

test("a name with a key of its own adopts no other", () => {
  const own = aLiveKey({ id: "ak9" });
  expect(linesFor(someFacts(untouched({ live: [own] })))).toEqual([]);
  expect(blockedOf(untouched({ keys: [ready()], live: [own] }))).toEqual(["scanner: ADOPTION_TAKEN"]);
  expect(blockedOf(untouched({ records: [aRecord(own)] }))).toEqual(["scanner: ADOPTION_TAKEN"]);
});

test("what a dead attempt left in the ledger hinders no adoption", () => {
  const records = [anEmptyRecord({ intent: anIntent(2, "op9") })];
  expect(linesFor(someFacts(untouched({ records })))).toEqual(["adopt ApiKey scanner"]);
});

test("a manifest that was renamed without saying so keeps the key, and is told what to write", () => {
  const facts = someFacts(adopted({ keys: [aDesiredKey(), adopting({ name: "renamed" })], live: [] }));
  const moved = { ...facts, live: { ...facts.live, keys: [aLiveKey({}, { name: "former" })] } };
  const { changes, blocked } = diff(moved);
  expect(linesOf(changes)).toEqual(["create ApiKey scanner"]);
  expect(blocked.map(({ name, code, hint }) => [name, code, hint])).toEqual([
    ["former", "ADOPTION_TAKEN", "if it was renamed, write previousNames: [former]"],
    ["renamed", "ADOPTION_TAKEN", "if it was renamed, write previousNames: [former]"],
  ]);
  const asked = { ...moved, requests: [{ ...REVOKE, name: "former" }] };
  expect(linesOf(diff(asked).changes)).toContain("revoke ApiKey former");
});

test("a key that is removed beside one that is adopted is removed", () => {
  const live = [aLiveKey(), aLiveKey({ id: "ak7" }, { name: "gone", operation: "op7" })];
  expect(linesFor(someFacts(adopted({ live })))).toEqual(["revoke ApiKey gone"]);
});

test("an adopted key is renamed as any other", () => {
  const keys = [adopting({ name: "renamed", previousNames: ["scanner"] })];
  expect(linesFor(someFacts(adopted({ keys })))).toEqual(["update ApiKey renamed"]);
});

test("the key that we run with is not adopted", () => {
  const facts = someFacts(untouched());
  const limits = someLimits({ ownKeyIds: ["ak1"] });
  expect(violationsOf(diff(facts).changes, facts, limits).map(({ guard }) => guard)).toEqual(["own-key"]);
  expect(violationsOf(diff(facts).changes, facts, someLimits({ protectedKeys: ["scanner"] }))).toEqual([]);
});

test("a plan counts adoptions, and is bound to the keys that it adopts", () => {
  const plan = aPlan(someFacts(untouched()));
  expect(plan.counts).toMatchObject({ adopt: 1, create: 0, unchangedKeys: 0 });
  const two = [aForeignKey({ id: "ak0" }), aForeignKey({ id: "ak1" })];
  const digest = aPlan(someFacts(untouched({ adoptable: two }))).liveDigest;
  expect(aPlan(someFacts(untouched({ adoptable: two.toReversed() }))).liveDigest).toBe(digest);
  expect(digest).not.toBe(plan.liveDigest);
});

// ── Held elsewhere ───────────────────────────────────────────────────────────────────────────────────────

test.each<readonly [string, FactsParts]>([
  ["as it was adopted", {}],
  ["with a ledger that only knows of notices", { records: [anEmptyRecord()] }],
  [
    "past two thirds of its life",
    { live: [aLiveKey({ createdAt: at(-85 * DAY_MS), expiresAt: at(5 * DAY_MS) })] },
  ],
  [
    "past its age",
    { keys: [adopting({ rotation: { trigger: { type: "every", ms: DAY_MS }, overlapMs: 0 } })] },
  ],
  [
    "when the ledger says that it is current",
    { records: [aRecord(aLiveKey(), { current: aCurrent(aLiveKey(), { receipts: [] }) })] },
  ],
  ["with its value in a sink of ours", { keys: [ready()], slots: [[SLOT, holding(aLiveKey())]] }],
])("an adopted key is left in peace %s", (_, parts) => {
  const keys = parts.keys ?? [adopting()];
  expect(diff(someFacts(adopted({ ...parts, keys })))).toEqual({ changes: [], blocked: [] });
});

test("an adopted key's metadata is managed", () => {
  const keys = [adopting({ description: "Other" })];
  const { changes } = diff(someFacts(adopted({ keys })));
  expect(changes).toMatchObject([{ action: "update", fields: [{ field: "description", to: "Other" }] }]);
});

test.each<readonly [string, FactsParts, string]>([
  ["other roles", { keys: [adopting({ roles: USER })] }, "roles change from READ_ONLY to USER"],
  ["another end", { keys: [adopting({ expires: NEVER })] }, "expiry changes from"],
  ["another level", { keys: [adopting({ securityLevel: "advanced" })] }, "security level changes"],
  ["a sink without its value", { keys: [ready()], slots: [[SLOT, { type: "empty" }]] }, "holds no value"],
  [
    "a sink with another value",
    { keys: [ready()], slots: [[SLOT, holding(SUCCESSOR)]] },
    "holds another value",
  ],
  [
    "another serial",
    {
      keys: [adopting({ rotation: { ...adopting().rotation, serial: 2 } })],
      records: [aRecord(aLiveKey(), { current: aCurrent(aLiveKey(), { serial: 1, receipts: [] }) })],
    },
    "rotation serial changes",
  ],
  [
    "a key that has expired",
    {
      live: [aLiveKey({ createdAt: at(-90 * DAY_MS), expiresAt: at(0), status: "expired" })],
    },
    "expired at",
  ],
])("for %s an adopted key waits for a person, and nothing is done", (_, parts, message) => {
  const { changes, blocked } = diff(someFacts(adopted(parts)));
  expect(changes).toEqual([]);
  expect(blocked).toMatchObject([{ code: "CUSTODY_ELSEWHERE", name: "scanner" }]);
  expect(blocked[0]?.message).toContain(message);
  expect(blocked[0]?.hint).toContain("keywright take-custody scanner");
  expect(blocked.some(isFault)).toBe(false);
});

test("an adopted key that ends at a fixed date ends then, and nothing waits", () => {
  const end = at(-HOUR_MS);
  const keys = [adopting({ expires: { type: "at", instant: end } })];
  const live = [aLiveKey({ expiresAt: end, status: "expired" })];
  expect(diff(someFacts(adopted({ keys, live })))).toEqual({ changes: [], blocked: [] });
});

const hintOf = (parts: FactsParts): string => diff(someFacts(adopted(parts))).blocked[0]?.hint ?? "";

test("the hint says what to declare where there is no sink", () => {
  expect(hintOf({ keys: [adopting({ roles: USER })] })).toContain("declare spec.deliverTo");
  expect(hintOf({ keys: [ready({ roles: USER })] })).not.toContain("declare");
});

test("a revocation that was asked for is all that a plan is about", () => {
  const parts = adopted({ keys: [adopting({ roles: USER })], requests: [REVOKE] });
  expect(diff(someFacts(parts)).blocked).toEqual([]);
  expect(linesFor(someFacts(parts))).toEqual(["revoke ApiKey scanner"]);
});

// ── Custody ──────────────────────────────────────────────────────────────────────────────────────────────

const rotationOf = (parts: FactsParts): RotateKey | undefined =>
  diff(someFacts(parts)).changes.find((change) => change.action === "rotate" && change.kind === "ApiKey");

test("custody is taken by a rotation into the sinks, and what waited comes about with it", () => {
  const parts = adopted({
    keys: [ready({ roles: USER })],
    slots: [[SLOT, { type: "empty" }]],
    requests: [TAKE],
  });
  expect(diff(someFacts(parts)).blocked).toEqual([]);
  const rotation = rotationOf(parts);
  expect(rotation?.reasons.map(({ code }) => code)).toEqual(["custody-taken", "roles-changed", "sink-empty"]);
  expect(rotation?.reasons[0]?.message).toBe("custody is taken: moving to CI");
});

test("custody that a dead run began is taken by the next one", () => {
  const records = [anEmptyRecord({ intent: anIntent(2, "op9") })];
  const rotation = rotationOf(adopted({ keys: [ready()], slots: [[SLOT, { type: "empty" }]], records }));
  expect(rotation?.reasons.map(({ code }) => code)).toEqual(["unfinished", "sink-empty"]);
});

test("once a successor took its place, what was adopted retires as any replaced key", () => {
  expect(diff(someFacts(replaced()))).toEqual({ changes: [], blocked: [] });
  expect(linesFor(someFacts(replaced({ now: new Date(at(2 * HOUR_MS)) })))).toEqual([
    "revoke ApiKey scanner",
  ]);
  const later = replaced({ live: [SUCCESSOR], records: [aRecord(SUCCESSOR)] });
  expect(diff(someFacts(later))).toEqual({ changes: [], blocked: [] });
});

test("the successor is rotated by schedule, and made anew when it is missing", () => {
  const old = aLiveKey(
    { ...SUCCESSOR, createdAt: at(-70 * DAY_MS), expiresAt: at(20 * DAY_MS) },
    SUCCESSOR.marker,
  );
  const parts = replaced({ live: [old], records: [aRecord(old)], slots: [[SLOT, holding(old)]] });
  expect(rotationOf(parts)?.reasons.map(({ code }) => code)).toEqual(["nearing-expiry"]);
  const missing = replaced({ live: [], records: [aRecord(SUCCESSOR)] });
  expect(linesFor(someFacts(missing))).toEqual(["create ApiKey scanner"]);
  const died = replaced({ live: [], records: [anEmptyRecord({ intent: anIntent(2, "op2") })] });
  expect(linesFor(someFacts(died))).toEqual(["create ApiKey scanner"]);
});

test("a successor whose sinks are no longer declared is left alone, and so are its values", () => {
  expect(linesFor(someFacts(replaced({ keys: [adopting()] })))).toEqual([]);
  expect(blockedOf(replaced({ keys: [adopting()] }))).toEqual(["scanner: SLOT_MISSING"]);
  const ended = replaced({ keys: [adopting()], requests: [REVOKE] });
  expect(linesFor(someFacts(ended))).toEqual(["revoke ApiKey scanner", "revoke ApiKey scanner"]);
});

test("a key that we delivered keeps its slots, whatever its manifest says of it", () => {
  expect(blockedOf(adopted({ records: [aRecord()] }))).toEqual(["scanner: SLOT_MISSING"]);
  expect(linesFor(someFacts(adopted({ records: [aRecord()] })))).toEqual([]);
});

test("nothing is minted that would go nowhere", () => {
  const records = [anEmptyRecord({ intent: anIntent(2, "op9") })];
  expect(blockedOf(adopted({ records }))).toEqual(["scanner: SLOT_MISSING"]);
  expect(linesFor(someFacts(adopted({ records })))).toEqual([]);
});

test("I6: a successor keeps to the policy that the adopted key may break", () => {
  const policy = aDesiredPolicy({ requireExpiration: true });
  const { expiresAt: _, ...key } = aLiveKey();
  const parts = adopted({
    keys: [ready({ expires: NEVER })],
    live: [key],
    policy,
    livePolicy: { ...policy, kind: "SecurityPolicy" },
  });
  const full = { ...parts, slots: [[SLOT, holding(aLiveKey())]] } as const;
  expect(blockedOf(full)).toEqual([]);
  expect(blockedOf({ ...full, requests: [TAKE] })).toEqual(["scanner: POLICY_BROKEN"]);
  const within = adopted({ keys: [ready()], policy, requests: [TAKE], slots: [[SLOT, { type: "empty" }]] });
  expect(rotationOf(within)).toBeDefined();
});

test("a leaked adopted key is replaced in its sinks at once, and ends without overlap", () => {
  const parts = adopted({ keys: [ready()], slots: [[SLOT, { type: "empty" }]], requests: [LEAK] });
  expect(rotationOf(parts)?.reasons[0]?.code).toBe("leaked");
  expect(diff(someFacts(parts)).changes.at(-1)).toMatchObject({ action: "revoke", reason: "leaked" });
});

test("what cannot be adopted does not keep a key of the same name from its end", () => {
  const own = aLiveKey({ id: "ak9" });
  const parts = untouched({ keys: [ready()], live: [own], records: [aRecord(own)] });
  expect(blockedOf(parts)).toEqual(["scanner: ADOPTION_TAKEN"]);
  expect(linesFor(someFacts({ ...parts, requests: [REVOKE] }))).toEqual(["revoke ApiKey scanner"]);
  expect(linesFor(someFacts({ ...parts, requests: [LEAK] }))).toContain("rotate ApiKey scanner");
  expect(blockedOf({ ...parts, requests: [{ ...REVOKE, name: "other" }] })).toEqual([
    "scanner: ADOPTION_TAKEN",
  ]);
});

test("a key of ours that lost its marker gets it again when a manifest adopts it, also beside one in its overlap", () => {
  const facts = untouched({ records: [aRecord(aLiveKey())] });
  expect(diff(someFacts(facts))).toMatchObject({
    changes: [{ action: "adopt", key: { id: "ak1" } }],
    blocked: [],
  });
  const old = aLiveKey({ id: "ak0" }, { generation: 0, operation: "op0" });
  const retiring = [{ operation: "op0", id: "ak0", retireAt: at(HOUR_MS) }];
  const beside = untouched({ live: [old], records: [aRecord(aLiveKey(), { retiring })] });
  expect(linesFor(someFacts(beside))).toEqual(["adopt ApiKey scanner"]);
});

test("a role or a scope that the store never gives is told also while a key's value is held elsewhere", () => {
  const names = ["READ_ONLY"];
  const capabilities = { updatable: ["roles"], roles: { names, custom: false } } as const;
  const serial = { ...adopting().rotation, serial: 2 };
  const records = [aRecord(aLiveKey(), { current: aCurrent(aLiveKey(), { serial: 1, receipts: [] }) })];
  const parts = adopted({ keys: [adopting({ roles: USER, rotation: serial })], records, capabilities });
  expect(blockedOf(parts)).toEqual(["scanner: CUSTODY_ELSEWHERE", "scanner: ROLE_UNSUPPORTED"]);
  expect(linesFor(someFacts(parts))).toEqual([]);
  const keys = [adopting({ rotation: serial, scope: { assets: { mode: "see_all" } } })];
  expect(blockedOf({ ...parts, keys })).toEqual(["scanner: CUSTODY_ELSEWHERE", "scanner: SCOPE_UNSUPPORTED"]);
});
