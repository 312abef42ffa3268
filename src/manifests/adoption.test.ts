/** Manifests of keys that somebody else made, and of roles that are managed elsewhere. */

import { expect, test } from "vitest";
import { aKey, aPolicy, codes, readTexts, told } from "./manifest.fixture.ts";

const HEAD = "apiVersion: keywright/v1\n";

const adopting = (id: string, name = "scanner", more = ""): string =>
  `${HEAD}kind: ApiKey\nmetadata: { name: ${name} }\nspec:\n  roles: [READ_ONLY]\n  expires: never\n  adopt: { id: ${id} }\n${more}`;

const aRole = (name: string, spec: string): string =>
  `${HEAD}kind: Role\nmetadata: { name: ${name} }\nspec: ${spec}\n`;

test("a key that is adopted needs no sink", () => {
  const { built, issues } = readTexts([adopting("ak0123456789abcdef")]);
  expect(issues).toEqual([]);
  expect(built?.desired.keys[0]).toMatchObject({ deliverTo: [], adopt: { id: "ak0123456789abcdef" } });
});

test("a key that is adopted may have one already", () => {
  const { built } = readTexts([adopting("ak1", "scanner", "  deliverTo: [{ sink: local, path: a }]\n")]);
  expect(built?.desired.keys[0]).toMatchObject({ deliverTo: [{ sink: "local" }], adopt: { id: "ak1" } });
});

test("any other key lacks its sink, and is told what that is", () => {
  const text = adopting("ak1").replace(/ {2}adopt.*\n/, "");
  expect(told(readTexts([text]))).toEqual([
    "keys/a.yaml:5:3 SCHEMA_MISSING_FIELD spec lacks deliverTo (Where the secret goes. No two keys may write one slot.)",
  ]);
});

test.each([
  ["no id", "{}", "SCHEMA_MISSING_FIELD spec.adopt lacks id (Of the key in the store.)"],
  [
    "a number",
    "{ id: 87 }",
    "SCHEMA_TYPE spec.adopt.id must be text, and is a number (put quotes around a number)",
  ],
  [
    "a space",
    '{ id: "a b" }',
    "SCHEMA_VALUE spec.adopt.id must be the key's id in the store, without spaces (put quotes around a number)",
  ],
  ["an id alone", "ak1", "SCHEMA_TYPE spec.adopt must be a mapping, and is text"],
  [
    "another field",
    "{ id: ak1, key: x }",
    'SCHEMA_UNKNOWN_FIELD unknown field "key" in spec.adopt (known here: id)',
  ],
])("adopt with %s is refused", (_, adopt, issue) => {
  const [only, ...others] = told(readTexts([adopting("x").replace("{ id: x }", adopt)]));
  expect(others).toEqual([]);
  expect(only).toContain(issue);
});

test("two manifests never adopt one key", () => {
  const texts = [adopting("ak1"), adopting("ak2", "other"), adopting("ak1", "third")];
  expect(told(readTexts(texts))).toEqual([
    "keys/c.yaml:7:16 ADOPTION_DUPLICATE both scanner and third adopt one key: also at keys/a.yaml:7:16 (keep one of the two manifests)",
  ]);
});

test("an adopted key that breaks the policy is a warning, and a key of ours an error", () => {
  const policy = aPolicy("requireExpiration: true\n  requireOwner: true");
  const reading = readTexts([adopting("ak1"), policy]);
  expect(reading.issues.map(({ code, severity }) => [code, severity])).toEqual([
    ["POLICY_OWNER", "warning"],
    ["POLICY_EXPIRATION", "warning"],
  ]);
  expect(reading.built).toBeDefined();
  const ours = readTexts([aKey({ expires: "never" }), policy]);
  expect(ours.issues.every(({ severity }) => severity === "error")).toBe(true);
});

test("the digest of manifests tells whether a key is adopted", () => {
  const digest = readTexts([adopting("ak1")]).built?.digest;
  expect(readTexts([adopting("ak2")]).built?.digest).not.toBe(digest);
});

// ── Roles that are managed elsewhere ─────────────────────────────────────────────────────────────────────

test("a role that is managed elsewhere declares no permissions, under any tag that a store may have", () => {
  const { built, issues } = readTexts([aRole("Catalog_Editor.v2", "{ external: true }")]);
  expect(issues).toEqual([]);
  expect(built?.desired.roles).toMatchObject([
    { name: "Catalog_Editor.v2", external: true, permissions: [] },
  ]);
});

test("a key may have such a role", () => {
  const key = adopting("ak1").replace("[READ_ONLY]", "[{ custom: Catalog_Editor }]");
  expect(codes(readTexts([key, aRole("Catalog_Editor", "{ external: true }")]))).toEqual([]);
  expect(codes(readTexts([key]))).toEqual(["ROLE_UNKNOWN"]);
});

test("a role of ours has permissions, and a plain name", () => {
  expect(told(readTexts([aRole("editor", "{}")]))).toEqual([
    "keys/a.yaml:4:7 SCHEMA_MISSING_FIELD spec lacks permissions (Permissions as the store names them; their order means nothing.)",
  ]);
  expect(codes(readTexts([aRole("Catalog_Editor", "{ permissions: [View] }")]))).toEqual(["SCHEMA_VALUE"]);
});

test.each([
  "external: true, permissions: [View]",
  "external: true, displayName: X",
  "external: true, description: X",
])("what is declared beside external would not be kept: { %s }", (spec) => {
  expect(codes(readTexts([aRole("editor", `{ ${spec} }`)]))).toEqual(["SCHEMA_CONFLICT"]);
});

test("external is true or absent", () => {
  expect(codes(readTexts([aRole("editor", "{ external: false }")]))).toContain("SCHEMA_VALUE");
});
