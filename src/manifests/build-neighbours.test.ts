/** Manifests of what lies beside the keys of a store: Secret and IpAllowlist. */

import { expect, test } from "vitest";
import { buildDesired } from "./build-desired.ts";
import { aContext, aFile, aKey, codes, readTexts, told } from "./manifest.fixture.ts";

const aSecret = (spec: string, name = "partner-token"): string =>
  `apiVersion: keywright/v1\nkind: Secret\nmetadata: { name: ${name} }\nspec:\n  ${spec}\n`;
const FROM = "valueFrom: { sink: local, path: partner/token }";

const anAllowlist = (entries: string, name = "offices"): string =>
  `apiVersion: keywright/v1\nkind: IpAllowlist\nmetadata: { name: ${name} }\nspec:\n  entries: [${entries}]\n`;

test("a secret's tag and name come from metadata.name, where nothing else is said", () => {
  const { built } = readTexts([aSecret(FROM), aSecret(`tag: T_1\n  displayName: Other\n  ${FROM}`, "other")]);
  expect(built?.desired.secrets).toMatchObject([
    { kind: "Secret", name: "other", tag: "T_1", displayName: "Other" },
    {
      kind: "Secret",
      name: "partner-token",
      tag: "partner_token",
      displayName: "partner-token",
      valueFrom: { sink: "local", path: "partner/token" },
      origin: { file: "keys/a.yaml", line: 3, column: 19 },
    },
  ]);
});

test("G5: a value comes from a slot of a configured sink, and from no path of the machine", () => {
  const context = aContext();
  const spec = (slot: string): readonly string[] => told(readTexts([aSecret(`valueFrom: ${slot}`)], context));
  expect(spec("{ file: /etc/shadow }")).toEqual([expect.stringContaining("SCHEMA_MISSING_FIELD")]);
  expect(spec("{ sink: local, path: ../../etc/shadow }")).toEqual([
    expect.stringContaining("SLOT_PATH_INVALID"),
  ]);
  expect(spec("{ sink: local, path: /etc/shadow }")).toEqual([expect.stringContaining("SLOT_PATH_INVALID")]);
  expect(spec("{ sink: env, path: other, field: A }")).toEqual([
    expect.stringContaining("SLOT_PATH_NOT_ALLOWED"),
  ]);
  expect(spec("{ sink: locl, path: a }")).toEqual([
    'keys/a.yaml:5:22 SINK_UNKNOWN the configuration has no sink "locl" (did you mean "local"?)',
  ]);
  expect(spec("{ sink: local, pth: a }")).toEqual([
    expect.stringContaining("5:14 SLOT_FIELD_MISSING"),
    expect.stringContaining("5:29 SLOT_FIELD_UNKNOWN"),
  ]);
});

test("a value in the manifest is an unknown field", () => {
  expect(codes(readTexts([aSecret(`value: hunter2\n  ${FROM}`)]))).toEqual(["SCHEMA_UNKNOWN_FIELD"]);
});

test("a tag is made of letters, digits and underscores, and belongs to one secret", () => {
  expect(told(readTexts([aSecret(`tag: a-b\n  ${FROM}`)]))).toEqual([
    "keys/a.yaml:5:8 SCHEMA_VALUE spec.tag must be 1 to 100 letters, digits and underscores",
  ]);
  const twins = [aSecret(FROM), aSecret(`tag: partner_token\n  ${FROM}`, "z")];
  expect(told(readTexts(twins))).toEqual([
    "keys/b.yaml:5:8 SECRET_TAG_DUPLICATE partner-token and z have the same tag, partner_token (give each Secret a tag of its own)",
  ]);
});

test("two keys never write one slot; a secret may read what a key writes", () => {
  const key = aKey({ deliverTo: "[{ sink: local, path: partner/token }]" });
  expect(codes(readTexts([key, aSecret(FROM)]))).toEqual([]);
});

test("an overlay replaces the slot of a secret as a whole", () => {
  const over = `apiVersion: keywright/v1\nkind: Secret\nmetadata: { name: partner-token }\nspec: { valueFrom: { sink: env, path: ci/a, field: T } }\n`;
  const { built } = readTexts([aSecret(FROM)]);
  expect(built?.desired.secrets?.[0]?.valueFrom).toEqual({ sink: "local", path: "partner/token" });
  const files = [aSecret(FROM), over].map((text, layer) => aFile(text, `keys/${layer}.yaml`, layer));
  expect(buildDesired(files, aContext()).built?.desired.secrets?.[0]?.valueFrom).toEqual({
    sink: "env",
    path: "ci/a",
    field: "T",
  });
});

test("addresses have one spelling, and come in one order", () => {
  const text = anAllowlist(
    "{ address: 2001:DB8:0::1, description: Home }, { address: 192.0.2.0/24 }, { address: '::ffff:10.0.0.1' }",
  );
  expect(readTexts([text]).built?.desired.allowlist).toEqual({
    kind: "IpAllowlist",
    name: "offices",
    entries: [
      { address: "10.0.0.1", description: "" },
      { address: "192.0.2.0/24", description: "" },
      { address: "2001:db8::1", description: "Home" },
    ],
    origin: { file: "keys/a.yaml", line: 3, column: 19 },
  });
});

test.each([
  ["10.1.2.3/8", 'the address "10.1.2.3/8" has bits set beyond its prefix; the range is 10.0.0.0/8'],
  ["0.0.0.0/0", 'the address "0.0.0.0/0" must not hold every address that there is'],
  ["office", 'the address "office" must be an IPv4 or IPv6 address, or a range such as 192.0.2.0/24'],
])("the address %s is told at its place", (address, message) => {
  const { built, issues } = readTexts([anAllowlist(`{ address: 10.0.0.1 }, { address: ${address} }`)]);
  expect(built).toBeUndefined();
  expect(told({ issues })).toEqual([`keys/a.yaml:5:47 ALLOWLIST_ADDRESS ${message}`]);
});

test("one address twice, in whichever spelling, and a second list are told", () => {
  const text = anAllowlist("{ address: 10.0.0.1 }, { address: 10.0.0.1/32 }");
  expect(told(readTexts([text, anAllowlist("", "homes")]))).toEqual([
    "keys/a.yaml:3:19 ALLOWLIST_DUPLICATE offices is a second IP allowlist: homes is declared already (merge the two; there is one list)",
    "keys/a.yaml:5:47 ALLOWLIST_ADDRESS 10.0.0.1 is on the list twice (remove one)",
  ]);
});

test("an empty list is a list, and none is none", () => {
  expect(readTexts([anAllowlist("")]).built?.desired.allowlist?.entries).toEqual([]);
  expect(readTexts([aKey()]).built?.desired).not.toHaveProperty("allowlist");
  expect(readTexts([aKey()]).built?.desired).not.toHaveProperty("secrets");
});

const digestOf = (...texts: readonly string[]): string | undefined => readTexts(texts).built?.digest;

test("the digest moves with a secret or a list, and not with where it stands", () => {
  const [secret, list] = [aSecret(FROM), anAllowlist("{ address: 10.0.0.1 }")];
  const all = [
    digestOf(aKey()),
    digestOf(aKey(), secret),
    digestOf(aKey(), list),
    digestOf(aKey(), secret, list),
  ];
  expect(new Set(all).size).toBe(4);
  expect(digestOf(secret, `# moved\n${aKey()}`, list)).toBe(all[3]);
});
