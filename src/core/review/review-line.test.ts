import fc from "fast-check";
import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, aRecord, at, holding, NOW, SLOT } from "../a-key.fixture.ts";
import { aSecret } from "../a-secret.fixture.ts";
import type { Change, RotateKey } from "../change.ts";
import type { DesiredKey } from "../desired.ts";
import { diff } from "../diff.ts";
import { DAY_MS, HOUR_MS } from "../duration.ts";
import { aDesiredPolicy, aDesiredRole, type FactsParts, someFacts } from "../some-facts.fixture.ts";
import { changesDigest, reviewLines } from "./changes-digest.ts";
import { reviewLine } from "./review-line.ts";

const changesOf = (parts: FactsParts): readonly Change[] => diff(someFacts(parts)).changes;
const digestFor = (parts: FactsParts): string => changesDigest(changesOf(parts));

const OTHER = { sink: "vault", path: "ci/other" };
const USER = [{ type: "default", role: "USER" }] as const;
const wider = aDesiredKey({ roles: USER });
const renamed = aDesiredKey({ displayName: "New" });
/** Nothing of it is made yet. */
const FRESH: FactsParts = { live: [], records: [], slots: [[SLOT, { type: "empty" }]] };

test("a line tells what is done to what, and the rest by a digest", () => {
  const [change] = changesOf({ keys: [wider] });
  expect(reviewLine(change as Change)).toMatch(/^rotate ApiKey scanner [0-9a-f]{32}$/);
  const [update] = changesOf({ keys: [aDesiredKey({ displayName: "New", labels: {} })] });
  expect(reviewLine(update as Change)).toMatch(/^update ApiKey scanner [0-9a-f]{32} displayName,labels$/);
});

test("the present key's id and generation, its age and the place of the manifest mean nothing", () => {
  const later = aLiveKey(
    { id: "ak7", last4: "zzzz", createdAt: at(-DAY_MS), expiresAt: at(89 * DAY_MS) },
    { generation: 7, operation: "op7" },
  );
  const after = (key: DesiredKey): FactsParts => ({
    keys: [{ ...key, origin: { file: "moved.yaml", line: 9, column: 3 } }],
    live: [later],
    records: [aRecord(later)],
    slots: [[SLOT, holding(later)]],
  });
  for (const key of [wider, renamed, aDesiredKey({ expires: { type: "after", ms: 30 * DAY_MS } })])
    expect(digestFor(after(key))).toBe(digestFor({ keys: [key] }));
});

test("a rotation that has become due changes neither another rotation nor an update", () => {
  const now = new Date(NOW.getTime() + 70 * DAY_MS);
  const lines = (keys: readonly DesiredKey[], when: Date) => reviewLines(changesOf({ keys, now: when }));
  expect(changesOf({ keys: [wider], now })).toMatchObject([
    { reasons: [{ code: "roles-changed" }, { code: "nearing-expiry" }] },
  ]);
  expect(lines([wider], now)).toEqual(lines([wider], NOW));
  expect(changesOf({ keys: [renamed], now })).toMatchObject([
    { action: "rotate", reasons: [{ code: "nearing-expiry" }] },
  ]);
  expect(lines([renamed], now)).toEqual(lines([renamed], NOW));
});

test("an update beside a rotation that is due is one with it", () => {
  const now = new Date(NOW.getTime() + 70 * DAY_MS);
  const keys = [aDesiredKey({ displayName: "New", protected: true })];
  expect(changesOf({ keys, now }).map(({ action }) => action)).toEqual(["update", "rotate"]);
  expect(reviewLines(changesOf({ keys, now }))).toEqual(reviewLines(changesOf({ keys })));
});

test("an attempt that died, an end of the old key and a leak are no other creation or rotation", () => {
  const [create] = changesOf(FRESH);
  const [rotate] = changesOf({ keys: [wider] }) as [RotateKey];
  const more = (code: RotateKey["reasons"][number]["code"]) =>
    reviewLine({ ...rotate, reasons: [...rotate.reasons, { code, message: "m" }] });
  expect(reviewLine({ ...create, reasons: [{ code: "unfinished", message: "m" }] } as Change)).toBe(
    reviewLine(create as Change),
  );
  for (const code of ["unfinished", "expired", "leaked", "age"] as const)
    expect(more(code)).toBe(reviewLine(rotate));
  for (const code of ["serial-changed", "security-level-changed", "on-demand", "sink-empty"] as const)
    expect(more(code)).not.toBe(reviewLine(rotate));
});

test("a key that is missing, one that is new and one that is replaced are three things", () => {
  const missing = changesOf({ ...FRESH, records: [aRecord()] });
  expect(missing).toMatchObject([{ action: "create", reasons: [{ code: "missing" }] }]);
  const lines = [
    missing,
    changesOf(FRESH),
    changesOf({ keys: [aDesiredKey({ rotation: { ...aDesiredKey().rotation, serial: 2 } })] }),
  ];
  expect(new Set(lines.flatMap(reviewLines)).size).toBe(3);
});

test("which fields of a key were altered in the store is part of an update, and none of a new key", () => {
  const altered = aLiveKey({ description: "Mine" });
  expect(digestFor({ keys: [renamed], live: [altered] })).not.toBe(digestFor({ keys: [renamed] }));
  const both = aDesiredKey({ roles: USER, displayName: "New" });
  expect(digestFor({ keys: [both], live: [altered] })).toBe(digestFor({ keys: [both] }));
});

test("how a value that a slot lacks comes there does not matter, and that one lacks it does", () => {
  const both = [aDesiredKey({ deliverTo: [SLOT, OTHER] })];
  const copied = digestFor({
    keys: both,
    slots: [
      [SLOT, holding(aLiveKey())],
      [OTHER, { type: "empty" }],
    ],
  });
  const minted = digestFor({
    keys: both,
    slots: [
      [SLOT, { type: "empty" }],
      [OTHER, { type: "empty" }],
    ],
  });
  const now = new Date(NOW.getTime() + 70 * DAY_MS);
  const slots = [
    [SLOT, holding(aLiveKey())],
    [OTHER, { type: "empty" }],
  ] as const;
  expect(minted).toBe(copied);
  expect(digestFor({ keys: both, slots, now })).toBe(copied);
  expect(digestFor({ keys: both, slots: [slots[0], [OTHER, holding(aLiveKey())]], now })).not.toBe(copied);
});

test("why a key is revoked, and that it was protected, is part of the line", () => {
  const [revoke] = changesOf({ keys: [] }) as [Extract<Change, { action: "revoke"; kind: "ApiKey" }>];
  const lines = [revoke, { ...revoke, reason: "superseded" } as const, { ...revoke, protected: true }].map(
    reviewLine,
  );
  expect(new Set(lines).size).toBe(3);
});

test("a Secret follows its source, whatever is done to it besides", () => {
  const desired = aSecret();
  const update = (...fields: readonly string[]): Change => ({
    action: "update",
    kind: "Secret",
    name: desired.name,
    desired,
    current: { id: "s1", tag: desired.tag },
    fields: fields.map((field) => ({ field })),
  });
  expect(reviewLine(update("displayName", "value"))).toBe(reviewLine(update("displayName")));
  expect(reviewLine(update("value"))).not.toBe(reviewLine(update("displayName")));
  const revoke = { action: "revoke", kind: "Secret", name: "token" } as const;
  expect(reviewLine({ ...revoke, secret: { id: "s1", tag: "a" } })).not.toBe(
    reviewLine({ ...revoke, secret: { id: "s1", tag: "b" } }),
  );
});

const aRole = (over = {}): Change => ({
  action: "create",
  kind: "Role",
  name: "editor",
  desired: aDesiredRole(over),
});
const aPolicy = (over = {}, field = "maxLifetimeDays"): Change => ({
  action: "update",
  kind: "SecurityPolicy",
  name: "policy",
  desired: aDesiredPolicy(over),
  fields: [{ field, from: "1" }],
});

test("roles, policy and allowlist are compared by what is declared and by which fields differ", () => {
  const origin = { file: "x.yaml", line: 5, column: 5 };
  expect(reviewLine(aRole({ origin }))).toBe(reviewLine(aRole()));
  expect(reviewLine(aRole({ permissions: ["Edit API keys"] }))).not.toBe(reviewLine(aRole()));
  expect(reviewLine(aPolicy({ origin }))).toBe(reviewLine(aPolicy()));
  expect(reviewLine(aPolicy({ maxLifetimeDays: 400 }))).not.toBe(reviewLine(aPolicy()));
  expect(reviewLine(aPolicy({}, "requireExpiration"))).not.toBe(reviewLine(aPolicy()));
  expect(reviewLine({ action: "revoke", kind: "Role", name: "editor" })).toMatch(/^revoke Role editor /);
});

const shuffled = <T>(items: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length });

test("order never matters: of changes, of roles, of slots, of former names", () => {
  const roles = [...USER, { type: "custom", tag: "editor" }, { type: "default", role: "MANAGER" }] as const;
  const slots = [SLOT, OTHER, { sink: "vault", path: "a" }];
  const names = ["a", "b", "c"];
  const some = changesOf({
    keys: [
      wider,
      aDesiredKey({ name: "new", deliverTo: [OTHER] }),
      aDesiredKey({ name: "third", deliverTo: slots }),
    ],
    roles: [aDesiredRole()],
    policy: aDesiredPolicy(),
  });
  expect(some.length).toBe(4);
  fc.assert(
    fc.property(shuffled(some), shuffled(roles), shuffled(slots), shuffled(names), (changes, ...orders) => {
      const [of, deliverTo, previousNames] = orders;
      const create = { action: "create", kind: "ApiKey", name: "x", reasons: [] } as const;
      expect(changesDigest(changes)).toBe(changesDigest(some));
      expect(reviewLine({ ...create, desired: aDesiredKey({ roles: of, deliverTo, previousNames }) })).toBe(
        reviewLine({ ...create, desired: aDesiredKey({ roles, deliverTo: slots, previousNames: names }) }),
      );
    }),
    { numRuns: 40 },
  );
});

const EDITS: readonly Partial<DesiredKey>[] = [
  { roles: USER },
  { roles: [...aDesiredKey().roles, ...USER] },
  { roles: [{ type: "custom", tag: "READ_ONLY" }] },
  { expires: { type: "after", ms: 91 * DAY_MS } },
  { expires: { type: "never" } },
  { expires: { type: "at", instant: at(80 * DAY_MS) } },
  { rotation: { trigger: { type: "disabled" }, overlapMs: 24 * HOUR_MS } },
  { rotation: { ...aDesiredKey().rotation, overlapMs: 25 * HOUR_MS } },
  { rotation: { ...aDesiredKey().rotation, serial: 1 } },
  { securityLevel: "advanced" },
  { scope: { assets: { mode: "see_all" } } },
  { scope: { casesIssues: { mode: "scope", names: ["a"] } } },
  { protected: true },
  { deliverTo: [OTHER] },
  { deliverTo: [SLOT, OTHER] },
  { deliverTo: [{ ...SLOT, field: "TOKEN" }] },
  { owner: "others" },
  { labels: { tier: "public" } },
  { displayName: "Other" },
  { description: "Scans on" },
  { previousNames: ["former"] },
  { adopt: { id: "ak1" } },
];

test("any change of what a key is declared to be changes its line, whatever is done to it", () => {
  const [create] = changesOf(FRESH);
  const [rotate] = changesOf({ keys: [wider] });
  const [update] = changesOf({ keys: [renamed] });
  fc.assert(
    fc.property(
      fc.constantFrom(create, rotate, update),
      fc.uniqueArray(fc.constantFrom(...EDITS), { maxLength: 3 }),
      fc.uniqueArray(fc.constantFrom(...EDITS), { maxLength: 3 }),
      (change, some, others) => {
        const line = (edits: readonly Partial<DesiredKey>[]) =>
          reviewLine({ ...change, desired: edited(edits) } as Change);
        const isSame = JSON.stringify(edited(some)) === JSON.stringify(edited(others));
        expect(line(some) === line(others)).toBe(isSame);
      },
    ),
    { numRuns: 300 },
  );
});

/** With its members in one order. */
const edited = (edits: readonly Partial<DesiredKey>[]): DesiredKey => {
  const { scope, adopt, ...key } = aDesiredKey(Object.assign({}, ...edits));
  return { ...key, ...(scope && { scope }), ...(adopt && { adopt }) };
};
