import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aForeignKey,
  aLiveKey,
  anIntent,
  aReceipt,
  aRecord,
  at,
  holding,
  SLOT,
} from "../a-key.fixture.ts";
import type { Change } from "../change.ts";
import type { DesiredKey, Slot } from "../desired.ts";
import { diff } from "../diff.ts";
import { DAY_MS } from "../duration.ts";
import type { LiveKey, OwnedKey } from "../live.ts";
import { mintRequest } from "../mint-request.ts";
import type { RoleRef } from "../role-ref.ts";
import {
  aDesiredPolicy,
  aDesiredRole,
  aLiveRole,
  aPlan,
  type FactsParts,
  someFacts,
  someLimits,
} from "../some-facts.fixture.ts";
import { riskLevelOf, RISK_CLASSES } from "./risk.ts";
import { risksOf } from "./risks-of.ts";

const OTHER: Slot = { sink: "vault", path: "ci/copy" };
const named = (...roles: readonly string[]): readonly RoleRef[] =>
  roles.map((role) => ({ type: "default", role }));
const custom = (...tags: readonly string[]): readonly RoleRef[] =>
  tags.map((tag) => ({ type: "custom", tag }));
const CLOUD = { roles: { custom: false }, updatable: ["description", "roles", "scope"] } as const;
const CLOUD_NAMES = ["ADMIN", "Account Admin", "Instance Administrator", "Responder", "USER", "Viewer"];
const BOTH_LEVELS = { securityLevels: ["standard", "advanced"] } as const;

/** `class: message` of what the diff of these facts is about to do. */
function told(parts: FactsParts, limits = {}): readonly string[] {
  const facts = someFacts(parts);
  return risksOf(diff(facts).changes, facts, someLimits(limits)).map(
    (risk) => `${risk.class}: ${risk.message}`,
  );
}

const keys = (over: Partial<DesiredKey>): { readonly keys: readonly DesiredKey[] } => ({
  keys: [aDesiredKey(over)],
});
const live = (over: Partial<LiveKey>, ...others: readonly OwnedKey[]): Pick<FactsParts, "live"> => ({
  live: [aLiveKey(over), ...others],
});
const anAdmin = (over: Partial<LiveKey> = {}): OwnedKey =>
  aLiveKey({ id: "ak9", roles: named("ADMIN"), ...over }, { name: "root", operation: "op9" });
const beside = [
  aDesiredKey(),
  aDesiredKey({ name: "root", roles: named("ADMIN"), deliverTo: [OTHER] }),
] as const;

test("nothing to do is no risk, and neither is a change of text", () => {
  expect(told({})).toEqual([]);
  expect(told(keys({ description: "Reads" }))).toEqual([]);
});

test.each<readonly [string, FactsParts, readonly string[]]>([
  ["to more", keys({ roles: named("MANAGER") }), ["privilege-widened: scanner: READ_ONLY → MANAGER"]],
  [
    "to the first administrator",
    keys({ roles: named("ADMIN") }),
    ["first-admin: scanner: the first key with ADMIN", "privilege-widened: scanner: READ_ONLY → ADMIN"],
  ],
  [
    "to an administrator beside another",
    { keys: [aDesiredKey({ roles: named("ADMIN") }), beside[1]], live: [aLiveKey(), anAdmin()] },
    ["privilege-widened: scanner: READ_ONLY → ADMIN"],
  ],
  [
    "to an administrator beside one that has expired",
    {
      keys: [aDesiredKey({ roles: named("ADMIN") }), beside[1]],
      live: [aLiveKey(), anAdmin({ expiresAt: at(-1), status: "expired" })],
    },
    ["first-admin: scanner: the first key with ADMIN", "privilege-widened: scanner: READ_ONLY → ADMIN"],
  ],
  ["to less", { ...keys({ roles: named("READ_ONLY") }), ...live({ roles: named("USER") }) }, []],
  ["from administrator", { ...keys({ roles: custom("editor") }), ...live({ roles: named("ADMIN") }) }, []],
  [
    "from one that this version does not know",
    { ...keys({ roles: named("USER") }), ...live({ roles: named("AUDITOR") }) },
    ["privilege-widened: scanner: AUDITOR → USER"],
  ],
  [
    "to a custom role that nobody here knows",
    keys({ roles: custom("editor") }),
    ["privilege-widened: scanner: READ_ONLY → custom:editor"],
  ],
  [
    "by losing one of two",
    { ...live({ roles: [...named("USER"), ...custom("x")] }), ...keys({ roles: named("USER") }) },
    [],
  ],
])("a key whose roles change %s", (_name, parts, expected) => {
  expect(told(parts).filter((risk) => risk.includes("scanner"))).toEqual(expected);
});

const viewer = { name: "viewer", permissions: ["View catalogs"] };
const fromTo = (from: string, to: string): FactsParts => ({
  ...keys({ roles: custom(to) }),
  ...live({ roles: custom(from) }),
});

test.each<readonly [string, FactsParts, boolean]>([
  [
    "that permits less",
    {
      ...fromTo("editor", "viewer"),
      roles: [aDesiredRole(), aDesiredRole(viewer)],
      liveRoles: [aLiveRole()],
    },
    false,
  ],
  [
    "that permits more",
    {
      ...fromTo("viewer", "editor"),
      roles: [aDesiredRole(), aDesiredRole(viewer)],
      liveRoles: [aLiveRole(viewer)],
    },
    true,
  ],
  [
    "that permitted more until now",
    {
      ...fromTo("viewer", "editor"),
      roles: [aDesiredRole({ permissions: ["View catalogs"] }), aDesiredRole(viewer)],
      liveRoles: [aLiveRole(), aLiveRole(viewer)],
    },
    true,
  ],
  [
    "that is managed elsewhere",
    {
      ...fromTo("editor", "viewer"),
      roles: [aDesiredRole(), aDesiredRole({ ...viewer, external: true })],
      foreign: { keys: 0, roles: ["viewer"] },
      liveRoles: [aLiveRole()],
    },
    true,
  ],
])("a key that gets a custom role %s in the place of another", (_name, parts, isWider) => {
  expect(told(parts).some((risk) => risk.startsWith("privilege-widened: scanner"))).toBe(isWider);
});

test("a new key is compared with nothing: only an administrator is a risk", () => {
  const none = { live: [], records: [], slots: [] };
  expect(told({ ...none, ...keys({ roles: named("MANAGER"), expires: { type: "never" } }) })).toEqual([]);
  expect(told({ ...none, ...keys({ roles: named("ADMIN") }) })).toEqual([
    "first-admin: scanner: the first key with ADMIN",
    "privilege-widened: scanner: a new key with ADMIN",
  ]);
});

test.each([
  ["nobody here knows them", CLOUD],
  ["the store told them", { ...CLOUD, roles: { custom: false, names: CLOUD_NAMES } }],
])("roles with names of the store's own have no rank, whether or not %s", (_name, capabilities) => {
  const cloud = (from: readonly string[], to: readonly string[]): readonly string[] =>
    told({ capabilities, ...keys({ roles: named(...to) }), ...live({ roles: named(...from) }) });
  expect(cloud(["Viewer"], ["Instance Administrator"])).toEqual([
    "first-admin: scanner: the first key with Instance Administrator",
    "privilege-widened: scanner: Viewer → Instance Administrator",
  ]);
  expect(cloud(["Viewer"], ["Account Admin"])).toContain(
    "first-admin: scanner: the first key with Account Admin",
  );
  expect(cloud(["ADMIN"], ["USER"])).toEqual(["privilege-widened: scanner: ADMIN → USER"]);
  expect(cloud(["Instance Administrator"], ["Viewer"])).toEqual([]);
  expect(cloud(["Viewer", "Responder"], ["Viewer"])).toEqual([]);
  expect(cloud([], ["Viewer"])).toEqual(["privilege-widened: scanner: no role → Viewer"]);
});

test("an update that leaves the roles as they are gives none of them", () => {
  const facts = someFacts({ ...keys({ roles: named("ADMIN") }) });
  const update = { ...someUpdate(), desired: aDesiredKey({ roles: named("ADMIN") }) };
  expect(risksOf([update], facts, {})).toEqual([]);
});

function someUpdate(): Extract<Change, { action: "update"; kind: "ApiKey" }> {
  const change = diff(someFacts(keys({ description: "Reads" }))).changes[0];
  if (change?.kind !== "ApiKey" || change.action !== "update") throw new Error("it is an update");
  return change;
}

const scope = (desired: DesiredKey["scope"], present: LiveKey["scope"]): readonly string[] =>
  told({
    capabilities: CLOUD,
    ...keys(desired ? { scope: desired } : {}),
    ...live(present ? { scope: present } : {}),
  });

test("a scope counts where it shows more, area by area, and where the store tells it", () => {
  const some = { mode: "scope", groupIds: [3] } as const;
  expect(scope({ assets: { mode: "see_all" } }, { assets: some })).toEqual([
    "privilege-widened: scanner: assets scope: 3 → see_all",
  ]);
  expect(scope({ assets: some }, { assets: { mode: "see_all" } })).toEqual([]);
  expect(scope({ assets: { mode: "see_all" } }, undefined)).toEqual([]);
});

test("a successor loses the list of an area that is not declared; a key that stays keeps it", () => {
  const assets = { mode: "scope", groupIds: [3] } as const;
  const casesIssues = { mode: "no_scope" } as const;
  const lost = (over: Partial<DesiredKey>): readonly string[] =>
    told({
      capabilities: { ...CLOUD, ...BOTH_LEVELS },
      ...keys({ scope: { endpointTags: { mode: "any" } }, ...over }),
      ...live({ scope: { assets, casesIssues, endpointTags: { mode: "any" } } }),
    });
  const securityLevel = "advanced";
  expect(lost({ securityLevel })).toEqual([
    "privilege-widened: scanner: assets scope: 3 → what the store gives a new key",
  ]);
  expect(lost({ securityLevel, scope: { assets } })).toEqual([]);
  expect(lost({ description: "Reads" })).toEqual([]);
});

test("a key that may do everything counts when it is adopted, unless there is one of ours", () => {
  const adoptable = [aForeignKey({ id: "hand", roles: named("ADMIN") })];
  const hand = aDesiredKey({ name: "hand", adopt: { id: "hand" }, roles: named("ADMIN"), deliverTo: [] });
  expect(told({ keys: [aDesiredKey(), hand], adoptable })).toEqual([
    "first-admin: hand: the first key with ADMIN",
  ]);
  expect(told({ keys: [...beside, hand], live: [aLiveKey(), anAdmin()], adoptable })).toEqual([]);
});

test("what an adoption has in view counts, though it changes no rights itself", () => {
  const adoptable = [aForeignKey({ id: "hand", roles: named("USER") })];
  const none = { live: [], records: [], slots: [], adoptable };
  const adopt = { id: "hand" };
  expect(told({ ...none, ...keys({ adopt, roles: named("MANAGER"), deliverTo: [] }) })).toEqual([
    "privilege-widened: scanner: USER → MANAGER",
  ]);
  expect(told({ ...none, ...keys({ adopt, roles: named("USER"), expires: { type: "never" } }) })).toEqual([]);
});

test("a role that somebody has counts when it permits more; a new one only where keys kept its tag", () => {
  const roles = [aDesiredRole({ permissions: ["Edit catalogs", "Edit API keys, all", "View catalogs"] })];
  expect(told({ roles, liveRoles: [aLiveRole()] })).toEqual([
    'privilege-widened: role editor: may also "Edit API keys, all"',
  ]);
  expect(told({ roles })).toEqual([]);
  const all = 'privilege-widened: role editor: may also "Edit API keys, all", Edit catalogs, View catalogs';
  expect(told({ roles, live: [aLiveKey({ roles: custom("editor", "x") })] })).toContain(all);
  expect(told({ roles, foreign: { keys: 1, roles: [], heldRoles: ["editor"] } })).toEqual([all]);
  expect(
    told({
      roles: [aDesiredRole()],
      liveRoles: [aLiveRole({ permissions: roles.flatMap(({ permissions }) => permissions) })],
    }),
  ).toEqual([]);
});

test("a policy counts rule by rule where it demands less, and not where it demands more", () => {
  const strict = {
    kind: "SecurityPolicy",
    requireExpiration: true,
    maxLifetimeDays: 90,
    allowedRoles: ["READ_ONLY"],
  } as const;
  const loosest = aDesiredPolicy({ requireExpiration: false });
  const { maxLifetimeDays: _, ...unlimited } = loosest;
  expect(told({ livePolicy: strict, policy: unlimited })).toEqual([
    "policy-loosened: policy: keys may live 90d → as long as they like",
    "policy-loosened: policy: keys need no expiry any longer",
    "policy-loosened: policy: roles READ_ONLY → any",
  ]);
  const wider = aDesiredPolicy({ maxLifetimeDays: 91, allowedRoles: ["USER", "READ_ONLY"] });
  expect(told({ livePolicy: strict, policy: wider })).toEqual([
    "policy-loosened: policy: keys may live 90d → 91d",
    "policy-loosened: policy: roles also USER",
  ]);
  const open = { kind: "SecurityPolicy", requireExpiration: false } as const;
  expect(told({ livePolicy: open, policy: aDesiredPolicy({ allowedRoles: [] }) })).toEqual([]);
  const none = { ...strict, allowedRoles: [] };
  expect(told({ livePolicy: none, policy: aDesiredPolicy({ maxLifetimeDays: 90 }) })).toEqual([
    "policy-loosened: policy: roles none → any",
  ]);
  expect(
    told({ livePolicy: strict, policy: aDesiredPolicy({ maxLifetimeDays: 9, allowedRoles: [] }) }),
  ).toEqual([]);
});

test("without the store's own policy nothing is said of one", () => {
  const policy = aDesiredPolicy();
  const change: Change = {
    action: "update",
    kind: "SecurityPolicy",
    name: "policy",
    desired: policy,
    fields: [],
  };
  expect(risksOf([change], someFacts({ policy }), {})).toEqual([]);
});

test("the end of a key that consumers may use counts in production, and that of any other does not", () => {
  const gone = { keys: [beside[0]], live: [aLiveKey(), anAdmin()], records: [aRecord(), aRecord(anAdmin())] };
  expect(told(gone)).toEqual(["production-revocation: root: ak9 (…aaaa) is revoked for good"]);
  expect(told(gone, { isProduction: false })).toEqual([]);
  expect(told({ ...gone, live: [aLiveKey(), anAdmin({ status: "expired", expiresAt: at(-1) })] })).toEqual(
    [],
  );
  const requests = [{ type: "revoke", name: "scanner", reason: "contract ended" }] as const;
  expect(told({ requests })).toEqual(["production-revocation: scanner: ak1 (…aaaa) is revoked for good"]);
});

test("a key that its successor replaced, and a role that nobody has, end without a risk", () => {
  const facts = someFacts();
  const current = aLiveKey();
  const key = {
    id: "ak1",
    status: "active",
    createdAt: current.createdAt,
    generation: 1,
    operation: "op1",
  } as const;
  const revoke = { action: "revoke", kind: "ApiKey", name: "scanner", key, protected: false } as const;
  const changes: readonly Change[] = [
    ...(["superseded", "abandoned", "leaked"] as const).map((reason) => ({ ...revoke, reason })),
    { action: "revoke", kind: "Role", name: "editor" },
  ];
  expect(risksOf(changes, facts, {})).toEqual([]);
  const secret: Change = {
    action: "revoke",
    kind: "Secret",
    name: "db",
    secret: { id: "s1", tag: "db-url" },
  };
  expect(risksOf([secret], facts, {}).map(({ message }) => message)).toEqual([
    "secret db: db-url is taken out of the store",
  ]);
});

test("a value that is put into the store's secrets is no risk of its own", () => {
  const desired = {
    kind: "Secret",
    name: "db",
    tag: "db",
    displayName: "db",
    valueFrom: SLOT,
    origin: aDesiredKey().origin,
  } as const;
  expect(risksOf([{ action: "create", kind: "Secret", name: "db", desired }], someFacts(), {})).toEqual([]);
});

test("signatures that end and a protection that ends count, and their beginning does not", () => {
  const plain = { capabilities: BOTH_LEVELS, ...keys({}), ...live({ securityLevel: "advanced" }) };
  expect(told(plain)).toEqual(["security-weakened: scanner: security level advanced → standard"]);
  expect(told({ capabilities: BOTH_LEVELS, ...keys({ securityLevel: "advanced" }) })).toEqual([]);
  const record = aRecord(aLiveKey(), { protected: true });
  expect(told({ records: [record] })).toEqual(["security-weakened: scanner: protected no longer"]);
  expect(told(keys({ protected: true }))).toEqual([]);
  // Told once, although an update lifts it and a rotation goes with it.
  expect(told({ records: [record], slots: [[SLOT, { type: "empty" }]] })).toEqual([
    "security-weakened: scanner: protected no longer",
  ]);
});

test("a rename leads out of no protection", () => {
  const record = aRecord(aLiveKey(), { protected: true });
  expect(told({ ...keys({ name: "reader", previousNames: ["scanner"] }), records: [record] })).toEqual([
    "security-weakened: reader: protected no longer",
  ]);
});

const recorded = (expires: DesiredKey["expires"]): FactsParts => ({
  records: [aRecord(aLiveKey(), { current: aCurrent(aLiveKey(), { expires }) })],
});
const days = (n: number): DesiredKey["expires"] => ({ type: "after", ms: n * DAY_MS });
const until = (n: number): DesiredKey["expires"] => ({ type: "at", instant: at(n * DAY_MS) });

test.each<readonly [string, DesiredKey["expires"], DesiredKey["expires"], boolean]>([
  ["a longer life", days(90), days(91), true],
  ["a shorter life", days(90), days(30), false],
  ["no end", days(90), { type: "never" }, true],
  ["an end", { type: "never" }, days(400), false],
  ["a later day", until(30), until(31), true],
  ["an earlier day", until(31), until(30), false],
  ["a life that ends after the day", until(30), days(31), true],
  ["a day before the life would end", days(31), until(30), false],
])("a key that gets %s in the place of what it had", (_name, from, to, isLonger) => {
  const risks = told({ ...recorded(from), ...keys({ expires: to }) });
  expect(risks.map((risk) => risk.split(":")[0])).toEqual(isLonger ? ["expiry-lengthened"] : []);
});

test("a longer life is told by both rules; where the ledger lost the old one, by the store's dates", () => {
  expect(told({ ...recorded(days(90)), ...keys({ expires: { type: "never" } }) })).toEqual([
    "expiry-lengthened: scanner: expires 90d after it is minted → never",
  ]);
  const lost = { records: [], slots: [[SLOT, holding(aLiveKey())]] } as const;
  expect(told({ ...lost, ...keys({ expires: days(120) }) })).toEqual([
    "expiry-lengthened: scanner: expires 90d after it is minted → 120d after it is minted",
  ]);
  expect(told({ ...lost, ...keys({ expires: days(30) }) })).toEqual([]);
  expect(told({ ...lost, ...keys({ roles: named("READ_ONLY", "USER") }) })).toEqual([
    "privilege-widened: scanner: READ_ONLY → READ_ONLY, USER",
  ]);
  const { expiresAt: _, ...endless } = aLiveKey();
  expect(told({ ...lost, live: [endless], ...keys({ expires: days(30) }) })).toEqual([]);
});

test("a key that is made anew in the place of one that vanished is held to what that one had", () => {
  const gone = { live: [], slots: [[SLOT, { type: "empty" }]] } as const;
  expect(told({ ...gone })).toEqual([]);
  expect(told({ ...gone, ...keys({ expires: days(91), deliverTo: [SLOT, OTHER] }) })).toEqual([
    "expiry-lengthened: scanner: expires 90d after it is minted → 91d after it is minted",
    "delivery-widened: scanner: also to vault: path=ci/copy",
  ]);
});

const two = {
  slots: [
    [SLOT, holding(aLiveKey())],
    [OTHER, { type: "empty" }],
  ],
} as const;

test("a slot that never had the value counts, whether a copy or a successor goes there", () => {
  const copied = told({ ...keys({ deliverTo: [SLOT, OTHER] }), ...two });
  expect(copied).toEqual(["delivery-widened: scanner: also to vault: path=ci/copy"]);
  const both = { deliverTo: [SLOT, OTHER], roles: named("USER") };
  expect(told({ ...keys(both), ...two })).toEqual([
    "privilege-widened: scanner: READ_ONLY → USER",
    "delivery-widened: scanner: also to vault: path=ci/copy",
  ]);
});

test("a slot that had the value, or may have had it, does not count, and nor does one of a key nobody remembers", () => {
  const current = aCurrent(aLiveKey(), {
    receipts: [aReceipt(SLOT, aLiveKey()), aReceipt(OTHER, aLiveKey())],
  });
  const records = [aRecord(aLiveKey(), { current })];
  expect(told({ ...keys({ deliverTo: [SLOT, OTHER] }), ...two, records })).toEqual([]);
  const begun = [aRecord(aLiveKey(), { intent: { ...anIntent(2, "op2"), slots: [OTHER] } })];
  expect(told({ ...keys({ deliverTo: [SLOT, OTHER] }), ...two, records: begun })).toEqual([]);
  expect(told({ ...keys({ deliverTo: [SLOT, OTHER] }), ...two, records: [] })).toEqual([]);
});

test("the successor of a key that is held elsewhere goes where we never delivered", () => {
  const requests = [{ type: "take-custody", name: "scanner", reason: "ours now" }] as const;
  const parts = {
    ...keys({ adopt: { id: "ak1" } }),
    records: [],
    slots: [[SLOT, { type: "empty" }]],
    requests,
  } as const;
  expect(told(parts)).toEqual(["delivery-widened: scanner: also to local: path=ci/scanner"]);
});

test("a mint that an earlier run began to just this is no new danger, and one to something else is", () => {
  const desired = aDesiredKey({ roles: named("ADMIN"), expires: days(120) });
  const begunFor = (key: DesiredKey): FactsParts => ({
    keys: [desired],
    records: [aRecord(aLiveKey(), { intent: { ...anIntent(2, "op2"), request: mintRequest(key) } })],
  });
  expect(told(begunFor(desired))).toEqual([]);
  expect(told(begunFor(aDesiredKey()))).toHaveLength(3);
});

test("a plan has its risks, the most serious first, and they are part of what its digest is over", () => {
  const facts = someFacts({ keys: [aDesiredKey({ roles: named("ADMIN"), expires: days(120) })] });
  const plan = aPlan(facts);
  expect(plan.risks.map((risk) => risk.class)).toEqual([
    "first-admin",
    "privilege-widened",
    "expiry-lengthened",
  ]);
  expect(plan.risks[0]).toMatchObject({ kind: "ApiKey", name: "scanner" });
});

test("the level of a class falls with its place", () => {
  const levels = RISK_CLASSES.map(riskLevelOf);
  expect(levels).toEqual([...levels].sort((a, b) => (a === b ? 0 : a === "high" ? -1 : 1)));
  expect(new Set(levels)).toEqual(new Set(["high", "elevated"]));
});
