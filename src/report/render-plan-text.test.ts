import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  aBlocked,
  aCreate,
  aKey,
  aPlan,
  aRevocation,
  aRotation,
  anUpdate,
  hostileText,
  NOW,
} from "./plan.fixture.ts";
import { renderPlan } from "./render-plan.ts";

const text = { format: "text", colors: false, now: NOW } as const;

test("what a person asked for stands in the head", () => {
  const requests = [
    { type: "revoke", name: "scanner", ids: ["k_1", "k_2"], reason: "contract ended" },
  ] as const;
  expect(renderPlan(aPlan({ requests, changes: [aRevocation({ reason: "asked" })] }), text)).toContain(
    "  asked   revoke scanner (k_1, k_2): contract ended\n",
  );
});

test("a plan reads from top to bottom: what it is for, each change, its sum", () => {
  const plan = aPlan({
    changes: [
      aCreate({ desired: aKey({ name: "new-one" }) }),
      aRotation(),
      anUpdate({ desired: aKey({ name: "renamed" }), renamedFrom: "before" }),
      { action: "revoke", kind: "Role", name: "old-role" },
      aRevocation(),
    ],
    blocked: [aBlocked()],
    notices: [{ code: "FOREIGN_KEYS", message: "2 keys in the store not made by this instance: left alone" }],
  });
  expect(renderPlan(plan, text)).toBe(`Plan for acme-prod
  store   embedded .keywright/store
  source  git /srv/keys.git at main
  commit  3f2a9c1b7d10

Keys
  + create new-one  keys/scanner.yaml:3
      why: declared and not in the store
      roles: READ_ONLY
      expires: 90d after it is minted: about 2027-02-19 08:00 UTC
      goes to: local: path=ci/scanner
  ↻ rotate scanner  keys/scanner.yaml:3
      why: roles change from USER to READ_ONLY
      roles: USER → READ_ONLY
      overlap: new key now, old key k_123 (…abcd) stays valid until about 2026-11-22 08:00 UTC (24h overlap), and the next run after that revokes it
      expires: 90d after it is minted: about 2027-02-19 08:00 UTC
      goes to: local: path=ci/scanner
  ~ update renamed (was before)  keys/scanner.yaml:3
      description: old → new
      key: k_123 (…abcd)

Roles to revoke
  - revoke old-role
      why: its manifest is gone

Keys to revoke
  - revoke retired
      why: its manifest is gone
      key: k_123 (…abcd), made 2026-11-01 08:00 UTC

Left alone (1)
  ! ApiKey copied  keys/copied.yaml:7
      MARKER_AMBIGUOUS two live keys carry one marker: k_1 and k_2
      hint: remove the marker from one

Notices
  FOREIGN_KEYS 2 keys in the store not made by this instance: left alone

Plan: 1 to create, 1 to rotate, 1 to update, 2 to revoke; 1 left alone.
`);
});

test("a refusal stands right above the sum, with what to do", () => {
  const violation = {
    guard: "revocation-count",
    message: "5 keys would be revoked; guards.maxRevocations allows 3",
    hint: "if that is meant, name them: --allow a,b",
    names: ["a", "b"],
  } as const;
  const shown = renderPlan(aPlan({ changes: [aRevocation()], violations: [violation] }), text);
  expect(shown).toMatch(
    /\n\nRefused by 1 guard: this plan cannot be applied as it is\n {2}✗ revocation-count: 5 keys .*\n {6}hint: if that is meant.*\n\nPlan: 0 to create, 0 to rotate, 0 to update, 1 to revoke.\n$/,
  );
});

test.each([
  ["nothing declared", aPlan(), "No changes: nothing to do."],
  [
    "one key",
    aPlan({ counts: { ...aPlan().counts, unchangedKeys: 1 } }),
    "No changes: 1 key is as declared.",
  ],
  [
    "only blocked",
    aPlan({ blocked: [aBlocked()], counts: { ...aPlan().counts, unchangedKeys: 12, blocked: 1 } }),
    "No changes: 12 keys are as declared; 1 left alone.",
  ],
])("an empty plan says so: %s", (_, plan, line) => {
  expect(renderPlan(plan, text).trimEnd().split("\n").at(-1)).toBe(line);
});

test("a directory has no commit, and a saved plan shows its age", () => {
  const plan = aPlan({ source: { type: "directory", location: "." }, createdAt: "2026-11-21T05:00:00.000Z" });
  expect(renderPlan(plan, text)).toContain("source  directory .\n  made    2026-11-21 05:00 UTC, 3 h ago\n");
});

test("a change of a field that is wider than the terminal takes two lines", () => {
  const fields = [
    { field: "description", from: "x".repeat(40), to: "" },
    { field: "owner", to: "team" },
  ];
  const shown = renderPlan(aPlan({ changes: [anUpdate({ fields })] }), { ...text, width: 60 });
  expect(shown).toContain(`      description: ${"x".repeat(40)}\n        → ""\n      owner: (none) → team\n`);
});

test("colours come only when asked for, and change no letter", () => {
  const plan = aPlan({ changes: [aCreate(), aRotation(), anUpdate(), aRevocation()], blocked: [aBlocked()] });
  const coloured = renderPlan(plan, { ...text, colors: true });
  expect(coloured).toContain("\u001b[36m↻\u001b[39m");
  expect(stripVTControlCharacters(coloured)).toBe(renderPlan(plan, text));
});

const hostilePlan = (hostile: string): ReturnType<typeof aPlan> => {
  const desired = aKey({
    name: hostile,
    roles: [{ type: "custom", tag: hostile }],
    deliverTo: [{ sink: hostile, [hostile]: hostile }],
    origin: { file: hostile, line: 1, column: 1 },
  });
  const fields = [{ field: hostile, from: hostile, to: hostile }];
  return aPlan({
    instance: hostile,
    store: hostile,
    source: { type: "git", location: hostile, ref: hostile, commit: hostile },
    changes: [
      aCreate({ desired, reasons: [{ code: "new", message: hostile }] }),
      anUpdate({ desired, fields, renamedFrom: hostile }),
      aRevocation({ name: hostile }),
    ],
    blocked: [aBlocked({ name: hostile, message: hostile, hint: hostile })],
    notices: [{ code: "NOT_COMPLIANT", message: hostile }],
    violations: [{ guard: "own-key", message: hostile, hint: hostile, names: [hostile] }],
  });
};

test("G9: no text of a manifest, store or error acts on the terminal or adds a line", () => {
  const plain = renderPlan(hostilePlan("x"), text).split("\n").length;
  fc.assert(
    fc.property(hostileText(), (hostile) => {
      const shown = renderPlan(hostilePlan(hostile), text);
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(shown.split("\n")).toHaveLength(plain);
    }),
  );
});

test("a plan as JSON is the plan as it is", () => {
  const plan = aPlan({ changes: [aCreate(), aRotation()], blocked: [aBlocked()] });
  expect(JSON.parse(renderPlan(plan, { ...text, format: "json" }))).toEqual(plan);
});
