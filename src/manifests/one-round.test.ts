/** The promise of `validate`: one fault hides no other, and makes none up. */

import { expect, test } from "vitest";
import { buildDesired } from "./build-desired.ts";
import { aContext, aFile, aKey, aPolicy, aRole, codes, readTexts, told } from "./manifest.fixture.ts";

const UNKNOWN = "colour: red";

test.each<[string, string | readonly string[], readonly string[]]>([
  [
    "an unknown sink",
    aKey({ spec: UNKNOWN, deliverTo: "[{ sink: locl, path: a }]" }),
    ["SINK_UNKNOWN", "SCHEMA_UNKNOWN_FIELD"],
  ],
  [
    "a slot's bad path",
    aKey({ spec: UNKNOWN, deliverTo: "[{ sink: local, path: ../a }]" }),
    ["SLOT_PATH_INVALID", "SCHEMA_UNKNOWN_FIELD"],
  ],
  [
    "an unknown role",
    aKey({ spec: UNKNOWN, roles: "[{ custom: nobody }]" }),
    ["ROLE_UNKNOWN", "SCHEMA_UNKNOWN_FIELD"],
  ],
  [
    "a taken slot",
    [aKey(), aKey({ name: "z", spec: UNKNOWN, deliverTo: "[{ sink: local, path: ci/scanner }]" })],
    ["SLOT_TAKEN", "SCHEMA_UNKNOWN_FIELD"],
  ],
  [
    "a previous name of two",
    [
      aKey({ metadata: "previousNames: [old]" }),
      aKey({ name: "z", metadata: "previousNames: [old]", spec: UNKNOWN }),
    ],
    ["NAME_PREVIOUS_DUPLICATE", "SCHEMA_UNKNOWN_FIELD"],
  ],
  [
    "a second manifest of one name",
    [aKey(), aKey({ spec: UNKNOWN, deliverTo: "[{ sink: locl, path: a }]" })],
    ["NAME_DUPLICATE", "SINK_UNKNOWN", "SCHEMA_UNKNOWN_FIELD"],
  ],
  [
    "an expiry against the policy",
    [aKey({ roles: "[BOSS]" }), aPolicy("maxLifetimeDays: 30")],
    ["SCHEMA_VALUE", "POLICY_LIFETIME"],
  ],
  [
    "a role against the policy",
    [aKey({ expires: "soon", roles: "[USER, BOSS]" }), aPolicy("allowedRoles: [READ_ONLY]")],
    ["POLICY_ROLE", "SCHEMA_VALUE", "SCHEMA_VALUE"],
  ],
  [
    "a missing owner",
    [aKey({ expires: "soon" }), aPolicy("requireOwner: true")],
    ["POLICY_OWNER", "SCHEMA_VALUE"],
  ],
  [
    "an expiry in no zone, and a sink",
    aKey({ expires: "{ on: 2027-01-01, timezone: Nowhere }", deliverTo: "[{ sink: locl, path: a }]" }),
    ["EXPIRY_INVALID", "SINK_UNKNOWN"],
  ],
  [
    "no expiry, and a role",
    aKey({ expires: "", roles: "[{ custom: nobody }]" }),
    ["EXPIRY_MISSING", "ROLE_UNKNOWN"],
  ],
  [
    "the other slots of a key with a faulty one",
    aKey({ deliverTo: "[7, { sink: locl, path: 1 }, { path: x }, { sink: env, path: no }]" }),
    [
      "SCHEMA_TYPE",
      "SINK_UNKNOWN",
      "SCHEMA_TYPE",
      "SCHEMA_MISSING_FIELD",
      "SLOT_FIELD_MISSING",
      "SLOT_PATH_NOT_ALLOWED",
    ],
  ],
  [
    "the roles of a manifest without a name",
    aKey({ roles: "[{ custom: nobody }]" }).replace("  name: scanner\n", "  owner: me\n"),
    ["SCHEMA_MISSING_FIELD", "ROLE_UNKNOWN"],
  ],
  [
    "the rules of a policy with a fault",
    [aKey({ expires: "never" }), aPolicy("requireExpiration: true\n  requireOwner: maybe")],
    ["POLICY_EXPIRATION", "SCHEMA_TYPE"],
  ],
  [
    "the pattern of a second policy",
    [aPolicy("requireOwner: true"), aPolicy("namePattern: (?=a)", "other")],
    ["POLICY_DUPLICATE", "POLICY_PATTERN"],
  ],
  [
    "an overlap that no expiry would bear",
    aKey({ expires: "soon", rotation: "{ every: 1d, overlap: 2d }" }),
    ["SCHEMA_VALUE", "ROTATION_OVERLAP"],
  ],
])("beside another fault, %s is told in the same round", (_name, texts, expected) => {
  expect(codes(readTexts([texts].flat()))).toEqual(expected);
});

const STRICT = aPolicy(
  "requireExpiration: true\n  maxLifetimeDays: 30\n  allowedRoles: [USER]\n  requireRotation: true\n  requireOwner: true\n  namePattern: sca.+",
);
const FINE = { metadata: "owner: me", roles: "[USER]", expires: "{ after: 30d }" };

test.each<[string, string | readonly string[]]>([
  ["a role of a faulty manifest", [aKey({ roles: "[{ custom: editor }]" }), aRole("editor", "[]")]],
  ["a role of no known kind", [aKey({ roles: "[{ custom: editor }]" }), aRole().replace("Role", "Roel")]],
  ["a role of another apiVersion", [aKey({ roles: "[{ custom: editor }]" }), aRole().replace("/v1", "/v2")]],
  ["a role without a name", [aKey({ roles: "[{ custom: editor }]" }), aRole().replace("name: editor", "")]],
  ["a role that is no name", aKey({ roles: "[{ custom: Editor }]" })],
  ["a role that is none", aKey({ roles: "[1]" })],
  ["a misspelt owner", [aKey({ ...FINE, metadata: "onwer: me" }), STRICT]],
  ["a misspelt expiry", aKey({ expires: "", spec: "expries: never" })],
  ["a misplaced expiry", [aKey({ ...FINE, expires: "", metadata: "owner: me\n  expires: never" }), STRICT]],
  ["a faulty expiry", [aKey({ ...FINE, expires: "{ after: soon }" }), STRICT]],
  ["a faulty expiry of a rotated key", aKey({ expires: "soon", rotation: "{ at: 50% }" })],
  ["a faulty rotation", [aKey({ ...FINE, rotation: "{ at: 500% }" }), STRICT]],
  ["a faulty name", [aKey({ ...FINE, name: "X", deliverTo: "[{ sink: local, path: a }]" }), STRICT]],
  ["a faulty owner", [aKey({ ...FINE, metadata: "owner: 1" }), STRICT]],
  ["a slot's faulty sink", aKey({ deliverTo: "[{ sink: 1, path: a }]" })],
  ["a slot's faulty path", aKey({ deliverTo: "[{ sink: local, path: 1 }]" })],
  ["no slots", aKey({ deliverTo: "[]" })],
  ["no spec", "apiVersion: keywright/v1\nkind: ApiKey\nmetadata: { name: a }\n"],
  ["a spec that is a list", "apiVersion: keywright/v1\nkind: ApiKey\nmetadata: { name: a }\nspec: []\n"],
  ["a policy's faulty rule", [aKey(), aPolicy("allowedRoles: [USER, 1]")]],
  [
    "a copied manifest",
    [aKey({ metadata: "previousNames: [old]" }), aKey({ metadata: "previousNames: [old]" })],
  ],
])("%s is one fault and no second", (_name, texts) => {
  expect(codes(readTexts([texts].flat()))).toHaveLength(1);
});

test("two slots that lack the same are not one slot", () => {
  const deliverTo = "[{ sink: env, field: TOKEN }]";
  expect(codes(readTexts([aKey({ deliverTo }), aKey({ name: "b", deliverTo })]))).toEqual([
    "SLOT_FIELD_MISSING",
    "SLOT_FIELD_MISSING",
  ]);
});

test("a second overlay of one name is not called half a manifest", () => {
  const over = "apiVersion: keywright/v1\nkind: ApiKey\nmetadata: { name: scanner, owner: me }\n";
  const files = [aFile(aKey()), aFile(over, "prod/a.yaml", 1), aFile(over, "prod/b.yaml", 1)];
  expect(codes(buildDesired(files, aContext()))).toEqual(["NAME_DUPLICATE"]);
});

test("what follows a faulty item of a list is told at its own place", () => {
  expect(told(readTexts([aKey({ roles: "[1, { custom: nobody }]" })]))).toEqual([
    expect.stringMatching(/^keys\/a.yaml:6:11 SCHEMA_VALUE /),
    expect.stringMatching(/^keys\/a.yaml:6:24 ROLE_UNKNOWN /),
  ]);
});
