import fc from "fast-check";
import { expect, test } from "vitest";
import { aDesiredKey, aForeignKey, aLiveKey } from "../../core/a-key.fixture.ts";
import type { DesiredState } from "../../core/desired.ts";
import { diff } from "../../core/diff.ts";
import { createKey } from "../../core/key-format.ts";
import type { LiveKey } from "../../core/live.ts";
import { aDesiredRole, someFacts } from "../../core/some-facts.fixture.ts";
import { aContext, aFile, readTexts } from "../manifest.fixture.ts";
import { buildDesired, type ManifestsReading } from "../build-desired.ts";
import { type ImportedManifests, type ImportOptions, importManifests } from "./import-manifests.ts";
import { importPlace, isRead } from "./import-place.ts";

const EMPTY: DesiredState = { instance: "acme", keys: [], roles: [] };

const anImport = (keys: readonly LiveKey[], over: Partial<ImportOptions> = {}): ImportedManifests =>
  importManifests(keys, {
    desired: EMPTY,
    usedNames: [],
    ownKeyIds: [],
    store: "https://store.example",
    updatable: ["displayName", "description", "owner", "labels"],
    group: "flat",
    ...over,
  });

function named(displayName: string, over: Partial<LiveKey> = {}): LiveKey {
  const { owner: _, ...key } = aForeignKey({ labels: {}, description: "", displayName, id: displayName });
  return { ...key, ...over };
}

const readBack = ({ manifests }: ImportedManifests): ManifestsReading =>
  buildDesired(
    manifests.map(({ text, path }) => aFile(text, path)),
    aContext(),
  );

const namesOf = ({ manifests }: ImportedManifests): readonly string[] => manifests.map(({ name }) => name);
const pathsOf = ({ manifests }: ImportedManifests): readonly string[] => manifests.map(({ path }) => path);
const whyOf = ({ skipped }: ImportedManifests): readonly string[] => skipped.map(({ why }) => why);
const textOf = ({ manifests: [first] }: ImportedManifests): string => first?.text ?? "";

test("a key becomes a manifest that says what the store says, and that its value is held elsewhere", () => {
  const key = aForeignKey({
    id: "ak0123456789abcdef",
    displayName: "Nightly scan (prod)",
    description: "Scans\nat night",
    roles: [
      { type: "default", role: "MANAGER" },
      { type: "default", role: "Public API Action" },
    ],
  });
  expect(textOf(anImport([key])))
    .toBe(`# Imported from https://store.example: key ak0123456789abcdef (…aaaa), made 2026-11-11T12:00:00.000Z,
# named there: Nightly scan (prod)
apiVersion: keywright/v1
kind: ApiKey
metadata:
  name: nightly-scan-prod
  owner: platform
  labels:
    tier: internal
spec:
  displayName: Nightly scan (prod)
  description: "Scans\\nat night"
  roles: [ MANAGER, { name: Public API Action } ]
  expires: { at: 2027-02-09T12:00:00.000Z }
  adopt: { id: ak0123456789abcdef }
  # The value is held elsewhere, so the key is not rotated. To change that, say where a new one goes, apply, and then
  # run: keywright take-custody nightly-scan-prod --reason "…"
  # deliverTo: [{ sink: …, path: nightly-scan-prod }]
`);
});

test("names and descriptions of megabytes become manifests like any others", () => {
  const keys = [
    named("n".repeat(8_000_000), { id: "ak1" }),
    named("a", { id: "ak2", description: "d".repeat(8_000_000) }),
    named("", { id: "ak3", description: "word ".repeat(2_000_000) }),
    named("b", { id: "ak4", description: `${" x".repeat(8_190)} Abc1Def2${"Gh3i".repeat(10)}` }),
  ];
  const imported = anImport(keys);
  expect(imported.skipped).toEqual([]);
  expect(imported.manifests.map(({ text }) => text.length < 3_000)).toEqual([true, true, true, true]);
});

test("keys of one name are numbered, and a name that is taken already is passed over", () => {
  const keys = Array.from({ length: 300 }, (_, index) => named("same", { id: `ak${index}` }));
  const long = ["x", "y"].map((end) => named(`${"long-".repeat(13)}${end}`, { id: end }));
  const names = namesOf(anImport([...keys, ...long], { usedNames: ["same-7"] }));
  expect(new Set(names).size).toBe(302);
  expect(names).toContain("same-301");
  expect(names).not.toContain("same-7");
  expect(names.filter((name) => name.startsWith("long"))).toEqual([
    "long-long-long-long-long-long-long-long-long-long-long-long-lon",
    "long-long-long-long-long-long-long-long-long-long-long-long-l-2",
  ]);
});

test("a key without an end never expires, and one of signed requests stays one", () => {
  const { expiresAt: _, ...key } = named("a", { securityLevel: "advanced" });
  const [desired] = readBack(anImport([key])).built?.desired.keys ?? [];
  expect(desired).toMatchObject({ expires: { type: "never" }, securityLevel: "advanced" });
});

test("a key keeps its scope, so that its successor sees no more", () => {
  const scope = { assets: { mode: "scope", groupIds: [3] }, endpointTags: { mode: "any" } } as const;
  expect(readBack(anImport([named("a", { scope })])).built?.desired.keys[0]).toMatchObject({ scope });
});

test("of a scope a manifest says what it can, and the rest stays as it is", () => {
  const scope = {
    assets: { mode: "no_scope", groupIds: [] },
    endpointGroups: { mode: "any", names: [] },
    endpointTags: { mode: "scope", names: [] },
    casesIssues: { mode: "any", names: [] },
  } as const;
  const imported = anImport([named("a", { scope }), named("b", { scope: { assets: { mode: "scope" } } })]);
  expect(imported.skipped).toEqual([]);
  expect(readBack(imported).built?.desired.keys.map((key) => key.scope)).toEqual([
    { assets: { mode: "no_scope" }, endpointGroups: { mode: "any" } },
    undefined,
  ]);
  expect(textOf(imported)).toContain("# Of its scope, endpointTags, casesIssues cannot be said here");
});

test("where a store has no names, the description is what a key is asked for and called by", () => {
  const keys = [named("", { id: "87", description: "SOAR connector\nof Ada" }), named("", { id: "88" })];
  const imported = anImport(keys, { only: "*SOAR*", updatable: ["description"] });
  expect(namesOf(imported)).toEqual(["soar-connector-of-ada"]);
  expect(imported).toMatchObject({ met: 1, manifests: [{ altered: [] }] });
});

test.each<readonly [string, LiveKey, Partial<ImportOptions>, readonly string[]]>([
  ["ours", aLiveKey(), {}, []],
  ["another instance's", aLiveKey({}, { instance: "other" }), {}, ["instance other manages it"]],
  ["the one that we run with", named("a"), { ownKeyIds: ["a"] }, ["Keywright itself runs with it"]],
  [
    "declared",
    named("ak1"),
    { desired: { ...EMPTY, keys: [aDesiredKey({ adopt: { id: "ak1" } })] } },
    ["scanner declares it already"],
  ],
  ["expired", named("a", { status: "expired" }), {}, ["it has expired"]],
  ["never used", named("a", { status: "pending" }), {}, ["it was never used yet"]],
  ["of another name than was asked for", named("a"), { only: "b*" }, []],
])("a key that is %s is left out", (_, key, options, why) => {
  const imported = anImport([key], options);
  expect(imported.manifests).toEqual([]);
  expect(whyOf(imported)).toEqual(why);
});

test("those are imported whose names match, slashes or not", () => {
  const keys = [named("team/scanner"), named("team/.hidden"), named("other")];
  expect(namesOf(anImport(keys, { only: "team*" }))).toEqual(["team-hidden", "team-scanner"]);
});

test("names are unique: among themselves, and among those that are declared or were used", () => {
  const desired = { ...EMPTY, keys: [aDesiredKey({ name: "a", previousNames: ["a-2"] })] };
  const keys = ["A", "a!", "ä", "A "].map((name, index) => named(name, { id: `ak${index}` }));
  const imported = anImport(keys, { desired, usedNames: ["a-4"] });
  expect(namesOf(imported)).toEqual(["a-3", "a-5", "a-6", "a-7"]);
  expect(new Set(pathsOf(imported)).size).toBe(4);
});

test.each([
  ["Crème brûlée №5", "creme-brulee-no5"],
  ["../../etc/passwd", "etc-passwd"],
  ["CON", "con"],
  ["日本語", "unnamed-ak1"],
  ["", "unnamed-ak1"],
  ["--flag", "flag"],
  [`${"x".repeat(62)} y`, "x".repeat(62)],
  ["x".repeat(300), "x".repeat(63)],
])("the name %j becomes %s", (displayName, name) => {
  expect(namesOf(anImport([named(displayName, { id: "ak1" })]))).toEqual([name]);
});

test("the same keys give the same manifests, in whatever order the store lists them", () => {
  const keys = ["b", "a", "a", "c"].map((name, index) => named(name, { id: `ak${index}` }));
  const expected = anImport(keys);
  expect(anImport(keys.toReversed())).toEqual(expected);
});

test("manifests are sorted by owner: from the store, from a label, from how names begin", () => {
  const keys = [
    named("x", { owner: "Platform Team" }),
    named("y", { labels: { team: "Payments" } }),
    named("billing-sync"),
    named("Billing: nightly", { id: "ak8" }),
    named("lonely-key"),
    named("???", { id: "ak9" }),
  ];
  const paths = pathsOf(anImport(keys, { group: "owner" }));
  expect(paths.toSorted()).toEqual([
    "billing/billing-nightly.yaml",
    "billing/billing-sync.yaml",
    "payments/y.yaml",
    "platform-team/x.yaml",
    "unowned/lonely-key.yaml",
    "unowned/unnamed-ak9.yaml",
  ]);
});

test("a guess is no fact: it stands in a comment, and in no field", () => {
  const text = textOf(anImport([named("y", { labels: { team: "Payments" } })], { group: "owner" }));
  expect(text).toContain("# It was sorted here by its label team.");
  expect(text).not.toContain("owner:");
});

test("custom roles that nobody declares are declared as managed elsewhere, once", () => {
  const roles = ["catalog_editor", "declared"].map((tag) => ({ type: "custom", tag }) as const);
  const desired = { ...EMPTY, roles: [aDesiredRole({ name: "declared" })] };
  const keys = [named("a", { roles }), named("b", { roles }), named("role-catalog-editor")];
  const imported = anImport(keys, { desired });
  expect(pathsOf(imported)).toEqual([
    "a.yaml",
    "b.yaml",
    "role-catalog-editor.yaml",
    "role-catalog-editor-2.yaml",
  ]);
  expect(imported.manifests.at(-1)).toMatchObject({ kind: "Role", name: "catalog_editor" });
  const declared =
    "apiVersion: keywright/v1\nkind: Role\nmetadata: { name: declared }\nspec: { external: true }\n";
  const texts = [...imported.manifests.map(({ text }) => text), declared];
  expect(readTexts(texts).issues).toEqual([]);
});

test.each<readonly [string, Partial<LiveKey>]>([
  ["no role", { roles: [] }],
  ["a role without a tag", { roles: [{ type: "custom", tag: "" }] }],
  ["a tag of several words", { roles: [{ type: "custom", tag: "of\nours" }] }],
  ["an id with a line end", { id: "ak1\nkind: Role" }],
  ["an end that is no date", { expiresAt: "tomorrow" }],
])("a key with %s cannot be declared, and is named", (_, over) => {
  const imported = anImport([named("a", over), named("b")]);
  expect(namesOf(imported)).toEqual(["b"]);
  expect(whyOf(imported)).toMatchObject([expect.stringContaining("no manifest can declare it")]);
});

// ── Hostile names ────────────────────────────────────────────────────────────────────────────────────────

const SECRET = createKey(
  { prefix: "kw", environment: "live" },
  { bytes: (n) => new Uint8Array(n).fill(7) },
).reveal();

test.each([
  ["a line end and a field", "a\nspec: { protected: true }"],
  ["a document of its own", "a\n---\napiVersion: keywright/v1\nkind: Role"],
  ["a comment's end", "a\u2028kind: Role"],
  ["YAML's own signs", "&anchor *alias !tag <<: {a: 1} # x"],
  ["a directive", "%YAML 1.1"],
  ["a terminal's sequences", "\u001b]52;c;aGk=\u0007\u001b[31m"],
  ["text that turns round", "a\u202Eb\u2066c"],
  ["half a pair", "a\uD800b"],
  ["quotes and backslashes", String.raw`"a" 'b' \n \x00 \"`],
  ["a workflow's command", "::set-env name=PATH::/tmp"],
])("G3: %s in a name, a description, a label or an owner stays text", (_, text) => {
  const key = named(text, { id: "ak1", description: text, owner: text, labels: { note: text } });
  const imported = anImport([key], { group: "owner" });
  const reading = readBack(imported);
  expect(reading.issues).toEqual([]);
  expect(reading.built?.desired.keys).toHaveLength(1);
  expect(reading.built?.desired.keys[0]).toMatchObject({ adopt: { id: "ak1" }, protected: false });
  expect(reading.built?.desired.roles).toEqual([]);
  for (const line of textOf(imported).split("\n")) expect(line.trimStart()).not.toMatch(/^(::|---|%)/);
});

test("G4: a label that is a part of every object is left out", () => {
  const labels = { constructor: "x", prototype: "y", "keywright/instance": "acme", fine: "z" };
  const imported = anImport([named("a", { labels: { ...labels, ["__proto__x"]: "w" } })]);
  expect(readBack(imported).built?.desired.keys[0]?.labels).toEqual({ fine: "z" });
  expect(imported.manifests[0]?.altered).toEqual(["labels"]);
});

test("S2: a key in a name, a description, an owner or a label is not written", () => {
  const foreign = "aZ09".repeat(10);
  const text = `see ${SECRET} and ${foreign}`;
  const key = named(text, { id: "ak1", description: text, owner: text, labels: { note: text, fine: "z" } });
  const imported = anImport([key], { group: "owner" });
  for (const secret of [SECRET, foreign]) {
    expect(JSON.stringify(imported.manifests.map(({ key: _, ...rest }) => rest)).toLowerCase()).not.toContain(
      secret.toLowerCase(),
    );
  }
  expect(readBack(imported).built?.desired.keys[0]).toMatchObject({
    displayName: "see [redacted] and [redacted]",
    labels: { fine: "z" },
  });
  expect(imported.manifests[0]?.altered).toEqual(["displayName", "description", "owner", "labels"]);
});

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 1_200 }),
  fc.stringMatching(/^[\s:#&*!|>'"%@`{}[\],?-]{0,40}$/),
  fc.constantFrom("true", "null", "1e3", "0x1f", "~", "2027-01-01", "-", "yes", ".inf", "<<", "=", "?"),
);

test("whatever stands in a store: what is imported is valid, and plans to adoptions that change what is told", () => {
  const text = fc.record({
    displayName: anyText,
    description: anyText,
    owner: anyText,
    labels: fc.dictionary(anyText, anyText, { maxKeys: 4 }),
    tag: fc.constantFrom("editor", "Editor_2"),
  });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.boolean(), (texts, isGrouped) => {
      const keys = texts.map(({ tag, ...each }, index) =>
        aForeignKey({ ...each, id: `ak${index}`, roles: [{ type: "custom", tag }] }),
      );
      const imported = anImport(keys, { group: isGrouped ? "owner" : "flat" });
      const { built, issues } = readBack(imported);
      expect(issues).toEqual([]);
      const desired = built?.desired ?? EMPTY;
      const foreign = { keys: 0, roles: ["editor", "Editor_2"] };
      const facts = someFacts({
        keys: desired.keys,
        roles: desired.roles,
        live: [],
        adoptable: keys,
        records: [],
        slots: [],
        foreign,
      });
      const { changes, blocked } = diff(facts);
      expect(blocked).toEqual([]);
      expect(changes.map(({ action }) => action)).toEqual(keys.map(() => "adopt"));
      const altered = new Map(
        imported.manifests.map(({ key, altered: fields }) => [key?.id, new Set(fields)]),
      );
      for (const change of changes) {
        if (change.action !== "adopt") continue;
        for (const { field } of change.fields) expect(altered.get(change.key.id)).toContain(field);
      }
    }),
    { numRuns: 300 },
  );
});

// ── Where they go ────────────────────────────────────────────────────────────────────────────────────────

test.each([
  [["keys/**/*.yaml"], "keys/imported"],
  [["./keys/**/*.yaml", "prod/*.yaml"], "keys/imported"],
  [["keys/*.yaml"], "keys"],
  [["**/*.yaml"], "imported"],
  [["*.yaml"], "."],
  [[], "."],
])("for %j they go to %s, where they are read", (patterns, place) => {
  expect(importPlace(patterns)).toBe(place);
  const path = place === "." ? "key.yaml" : `${place}/key.yaml`;
  expect(isRead(path, patterns)).toBe(patterns.length > 0);
});
