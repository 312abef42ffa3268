import fc from "fast-check";
import { expect, test } from "vitest";
import { cpuMs } from "../core/cpu-time.fixture.ts";
import { createKey } from "../core/key-format.ts";
import { buildDesired } from "./build-desired.ts";
import { aContext, aFile, aKey, aPolicy, aRole, codes, NOW, readTexts, told } from "./manifest.fixture.ts";

const DAY_MS = 86_400_000;

test("a full manifest becomes a desired key", () => {
  const { built, issues } = readTexts([
    aKey({
      metadata: "{}".replace(
        "{}",
        "owner: platform-team\n  labels: { tier: internal }\n  previousNames: [old-scanner]",
      ),
      roles: "[READ_ONLY, { custom: editor }]",
      rotation: "{ before: 14d, overlap: 36h, serial: 4 }",
      spec: "displayName: Entities scanner\n  description: reads entities\n  protected: true",
    }),
    aRole("editor", "[Edit, View]"),
  ]);
  expect(issues).toEqual([]);
  expect(built?.desired).toEqual({
    instance: "acme",
    keys: [
      {
        kind: "ApiKey",
        name: "scanner",
        previousNames: ["old-scanner"],
        owner: "platform-team",
        labels: { tier: "internal" },
        displayName: "Entities scanner",
        description: "reads entities",
        roles: [
          { type: "default", role: "READ_ONLY" },
          { type: "custom", tag: "editor" },
        ],
        expires: { type: "after", ms: 90 * DAY_MS },
        rotation: { trigger: { type: "before", ms: 14 * DAY_MS }, overlapMs: 1.5 * DAY_MS, serial: 4 },
        securityLevel: "standard",
        protected: true,
        deliverTo: [{ sink: "local", path: "ci/scanner" }],
        origin: { file: "keys/a.yaml", line: 4, column: 9 },
      },
    ],
    roles: [
      {
        kind: "Role",
        name: "editor",
        displayName: "editor",
        description: "",
        permissions: ["Edit", "View"],
        origin: { file: "keys/b.yaml", line: 3, column: 19 },
      },
    ],
  });
});

test("what a manifest leaves out comes from the defaults", () => {
  const context = aContext({
    defaults: { rotation: { every: "30d", overlap: "2h" }, expires: { after: "60d" } },
  });
  const { built } = readTexts(
    [aKey({ expires: "" }), aKey({ name: "b", expires: "never", rotation: "{ serial: 2 }" })],
    context,
  );
  expect(
    built?.desired.keys.map(({ displayName, expires, rotation }) => ({ displayName, expires, rotation })),
  ).toEqual([
    {
      displayName: "b",
      expires: { type: "never" },
      rotation: { trigger: { type: "every", ms: 30 * DAY_MS }, overlapMs: 7_200_000, serial: 2 },
    },
    {
      displayName: "scanner",
      expires: { type: "after", ms: 60 * DAY_MS },
      rotation: { trigger: { type: "every", ms: 30 * DAY_MS }, overlapMs: 7_200_000 },
    },
  ]);
});

test.each([
  ["a life from the mint", "{ after: 12h }", { type: "after", ms: DAY_MS / 2 }],
  ["an instant", "{ at: 2027-03-31T14:00:00+02:00 }", { type: "at", instant: "2027-03-31T12:00:00.000Z" }],
  [
    "the end of a day",
    "{ on: 2027-03-31, timezone: Europe/Berlin }",
    { type: "at", instant: "2027-03-31T21:59:59.999Z" },
  ],
  ["no end", "never", { type: "never" }],
])("expires: %s", (_name, expires, expected) => {
  expect(readTexts([aKey({ expires })]).built?.desired.keys[0]?.expires).toEqual(expected);
});

test("a default overlap is shortened for a key that lives shortly; a declared one is an error", () => {
  const { built } = readTexts([aKey({ expires: "{ after: 10h }" })]);
  expect(built?.desired.keys[0]?.rotation.overlapMs).toBe(3.4 * 3_600_000);
  expect(codes(readTexts([aKey({ expires: "{ after: 10h }", rotation: "{ overlap: 24h }" })]))).toEqual([
    "ROTATION_OVERLAP",
  ]);
});

test.each<[string, string | readonly string[], string]>([
  [
    "an unknown field",
    aKey({ metadata: "onwer: me" }),
    'keys/a.yaml:5:3 SCHEMA_UNKNOWN_FIELD unknown field "onwer" in metadata (did you mean "owner"?)',
  ],
  [
    "a field in the wrong place",
    aKey({ metadata: "expires: never" }),
    'keys/a.yaml:5:3 SCHEMA_UNKNOWN_FIELD unknown field "expires" in metadata (known here: labels, name, owner, previousNames)',
  ],
  [
    "a missing field",
    "apiVersion: keywright/v1\nkind: ApiKey\nmetadata: { name: a }\nspec: { roles: [USER], expires: never }\n",
    "keys/a.yaml:4:7 SCHEMA_MISSING_FIELD spec lacks deliverTo (Where the secret goes. No two keys may write one slot.)",
  ],
  [
    "an unknown role",
    aKey({ roles: "[READ_ONLLY]" }),
    'keys/a.yaml:6:11 SCHEMA_VALUE spec.roles[0] cannot be "READ_ONLLY" (did you mean "READ_ONLY"?; a role of your own is written { custom: its-tag })',
  ],
  [
    "a role that is no list",
    aKey({ roles: "READ_ONLY" }),
    "keys/a.yaml:6:10 SCHEMA_TYPE spec.roles must be a list, and is text (put it in square brackets)",
  ],
  [
    "an empty list of roles",
    aKey({ roles: "[]" }),
    "keys/a.yaml:6:10 SCHEMA_VALUE spec.roles must not be empty",
  ],
  [
    "a role twice",
    aKey({ roles: "[USER, USER]" }),
    "keys/a.yaml:6:17 SCHEMA_DUPLICATE_ITEM spec.roles lists the same thing twice",
  ],
  [
    "an undeclared role",
    [aKey({ roles: "[{ custom: editr }]" }), aRole("editor")],
    'keys/a.yaml:6:21 ROLE_UNKNOWN no manifest declares the role editr (did you mean "editor"?)',
  ],
  [
    "an expiry of no known form",
    aKey({ expires: "90d" }),
    "keys/a.yaml:7:12 SCHEMA_VALUE spec.expires must be one of: never | { after: 90d } | { at: 2027-03-31T12:00:00Z } | { on: 2027-03-31, timezone: Europe/Berlin }",
  ],
  [
    "two expiries",
    aKey({ expires: "{ after: 1d, at: 2027-01-01T00:00:00Z }" }),
    "keys/a.yaml:7:12 SCHEMA_VALUE spec.expires must be one of: never | { after: 90d } | { at: 2027-03-31T12:00:00Z } | { on: 2027-03-31, timezone: Europe/Berlin }",
  ],
  [
    "an expiry by day without a zone",
    aKey({ expires: "{ on: 2027-03-31 }" }),
    "keys/a.yaml:7:12 SCHEMA_MISSING_FIELD spec.expires lacks timezone (An IANA time zone.)",
  ],
  [
    "a duration that is none",
    aKey({ expires: "{ after: 3 months }" }),
    "keys/a.yaml:7:21 SCHEMA_VALUE spec.expires.after must be a duration such as 30m, 24h or 90d",
  ],
  [
    "an instant without an offset",
    aKey({ expires: "{ at: 2027-03-31T12:00:00 }" }),
    "keys/a.yaml:7:18 SCHEMA_VALUE spec.expires.at must be an instant with an offset, such as 2027-03-31T12:00:00Z or 2027-03-31T14:00:00+02:00",
  ],
  [
    "an unknown zone",
    aKey({ expires: "{ on: 2027-03-31, timezone: Europe/Berln }" }),
    'keys/a.yaml:7:40 EXPIRY_INVALID there is no time zone "Europe/Berln" (did you mean "Europe/Berlin"?)',
  ],
  [
    "no expiry at all",
    aKey({ expires: "" }),
    "keys/a.yaml:6:3 EXPIRY_MISSING spec does not say when the key expires (write { after: 90d }, or never; or set defaults.expires in keywright.yaml)",
  ],
  [
    "an expiry in the past",
    aKey({ expires: "{ at: 2026-11-21T08:00:00Z }" }),
    "keys/a.yaml:7:12 EXPIRY_PAST the key's life ended at 2026-11-21T08:00:00.000Z: none is minted (choose a later end, or delete the manifest)",
  ],
  [
    "two rotation triggers",
    aKey({ rotation: "{ at: 66%, every: 3d }" }),
    "keys/a.yaml:8:13 SCHEMA_CONFLICT spec.rotation may have at most one of at, before and every",
  ],
  [
    "a rotation after the end",
    aKey({ rotation: "{ every: 90d }" }),
    "keys/a.yaml:8:22 ROTATION_IMPOSSIBLE the key expires after 90d, before it is rotated at the age of 90d (choose less than 90d)",
  ],
  [
    "a rotation before the beginning",
    aKey({ rotation: "{ before: 91d }" }),
    "keys/a.yaml:8:23 ROTATION_IMPOSSIBLE the key lives 90d; 91d before its end it does not exist yet (choose less than 90d)",
  ],
  [
    "a rotation by a life without end",
    aKey({ expires: "never", rotation: "{ at: 50% }" }),
    "keys/a.yaml:8:19 ROTATION_IMPOSSIBLE the key never expires, so the time of `at` never comes (use every, or let it expire)",
  ],
  [
    "an overlap longer than the rest of the life",
    aKey({ rotation: "{ before: 2d, overlap: 3d }" }),
    "keys/a.yaml:8:36 ROTATION_OVERLAP an overlap of 3d is longer than this rotation leaves room for (choose at most 2d)",
  ],
  [
    "an overlap longer than the interval",
    aKey({ expires: "never", rotation: "{ every: 2d, overlap: 3d }" }),
    "keys/a.yaml:8:35 ROTATION_OVERLAP an overlap of 3d is longer than this rotation leaves room for (choose at most 2d)",
  ],
  [
    "an unknown sink",
    aKey({ deliverTo: "[{ sink: locl, path: x }]" }),
    'keys/a.yaml:8:23 SINK_UNKNOWN the configuration has no sink "locl" (did you mean "local"?)',
  ],
  [
    "an unknown slot field",
    aKey({ deliverTo: "[{ sink: local, path: x, feild: X }]" }),
    'keys/a.yaml:8:39 SLOT_FIELD_UNKNOWN slots of sink local have no field "feild" (they have path)',
  ],
  [
    "a missing slot field",
    aKey({ deliverTo: "[{ sink: env, path: ci/x }]" }),
    "keys/a.yaml:8:15 SLOT_FIELD_MISSING this slot of sink env lacks field (add `field: …`)",
  ],
  [
    "a bad slot field",
    aKey({ deliverTo: "[{ sink: env, path: ci/x, field: a-b }]" }),
    "keys/a.yaml:8:47 SLOT_FIELD_INVALID field must be capital letters",
  ],
  [
    "a bad name",
    aKey({ name: "Entities_Scanner" }),
    "keys/a.yaml:4:9 SCHEMA_VALUE metadata.name must be 1 to 63 lower-case letters and digits, with single dashes between them",
  ],
  [
    "a label that is a number",
    aKey({ metadata: "labels: { tier: 1 }" }),
    "keys/a.yaml:5:19 SCHEMA_TYPE metadata.labels.tier must be text, and is a number (put quotes around numbers, true and false)",
  ],
  [
    "a reserved label",
    aKey({ metadata: "labels: { keywright/name: x }" }),
    'keys/a.yaml:5:13 SCHEMA_VALUE the name "keywright/name" in metadata.labels must be 1 to 63 letters, digits, dots, slashes, dashes and underscores, letter or digit at both ends, and not begin with keywright/',
  ],
  [
    "another apiVersion",
    aKey().replace("/v1", "/v2"),
    "keys/a.yaml:1:13 MANIFEST_API_VERSION this apiVersion is not known (write apiVersion: keywright/v1)",
  ],
  [
    "no apiVersion",
    "kind: ApiKey\n",
    "keys/a.yaml:1:1 MANIFEST_API_VERSION apiVersion is missing (write apiVersion: keywright/v1)",
  ],
  [
    "an unknown kind",
    aKey().replace("ApiKey", "ApiKye"),
    'keys/a.yaml:2:7 MANIFEST_KIND kind "ApiKye" is not known (did you mean "ApiKey"?)',
  ],
  [
    "a configuration among the manifests",
    "apiVersion: keywright/v1\nkind: Config\n",
    "keys/a.yaml:2:7 MANIFEST_KIND a configuration is no manifest (keep the configuration out of what `manifests` matches)",
  ],
  [
    "a list",
    "- a\n",
    "keys/a.yaml:1:1 MANIFEST_SHAPE a manifest is a mapping (begin with `apiVersion: keywright/v1` and `kind:`)",
  ],
  [
    "an empty file",
    "# later\n",
    "keys/a.yaml:1:1 MANIFEST_EMPTY the file declares nothing (delete it, or fill it)",
  ],
  [
    "two of one name",
    [aKey(), aKey({ deliverTo: "[{ sink: local, path: y }]" })],
    "keys/b.yaml:4:9 NAME_DUPLICATE ApiKey/scanner is declared twice: also at keys/a.yaml:4:9 (rename one; only files of a later pattern of `manifests` overlay earlier ones)",
  ],
  [
    "a previous name that lives",
    [aKey(), aKey({ name: "b", metadata: "previousNames: [scanner]" })],
    "keys/b.yaml:5:19 NAME_PREVIOUS_IN_USE b cannot have been scanner: a key of that name is declared (delete the old manifest, or this previous name)",
  ],
  [
    "a previous name of two",
    [aKey({ metadata: "previousNames: [old]" }), aKey({ name: "b", metadata: "previousNames: [old]" })],
    "keys/a.yaml:5:19 NAME_PREVIOUS_DUPLICATE both b and scanner say that they were old before (a rename keeps one secret: only one of them can have it)",
  ],
  [
    "its own name as a previous one",
    aKey({ metadata: "previousNames: [scanner]" }),
    "keys/a.yaml:5:19 NAME_PREVIOUS_IN_USE scanner cannot have been scanner: a key of that name is declared (delete the old manifest, or this previous name)",
  ],
  [
    "one slot for two keys",
    [aKey(), aKey({ name: "z", deliverTo: "[{ sink: local, path: ci/scanner }]" })],
    "keys/b.yaml:8:15 SLOT_TAKEN scanner and z are both delivered to local: path=ci/scanner (give each key a slot of its own)",
  ],
  [
    "one slot twice",
    aKey({ deliverTo: "[{ sink: local, path: a }, { sink: local, path: a }]" }),
    "keys/a.yaml:8:41 SLOT_TAKEN scanner is delivered twice to local: path=a (give each key a slot of its own)",
  ],
  [
    "a file where a directory is needed",
    [
      aKey({ deliverTo: "[{ sink: local, path: a }]" }),
      aKey({ name: "b", deliverTo: "[{ sink: local, path: a/b }]" }),
    ],
    "keys/b.yaml:8:15 SLOT_TAKEN local: path=a/b needs a directory where scanner has a file (choose paths that do not lie inside each other)",
  ],
])("%s is told at its place", (_name, texts, expected) => {
  expect(told(readTexts([texts].flat()))).toEqual([expected]);
});

test.each([
  ["leads out", "../x"],
  ["leads out in the middle", "a/../../x"],
  ["is absolute", "/etc/passwd"],
  ["has a drive", "C:x"],
  ["has a backslash", "a\\b"],
  ["has an empty part", "a//b"],
  ["has a dot part", "./a"],
  ["ends with a slash", "a/"],
  ["has a part with a space at its end", '"a /b"'],
  ["is too long", "x".repeat(201)],
])("G5: a slot's path that %s is refused", (_name, path) => {
  expect(codes(readTexts([aKey({ deliverTo: `[{ sink: local, path: ${path} }]` })]))).toEqual([
    "SLOT_PATH_INVALID",
  ]);
});

const keyAt = (path: string) => aKey({ deliverTo: `[{ sink: local, path: ${path} }]` });

test("G5: a slot's path that the sink keeps for itself is refused", () => {
  const field = { name: "path", isRequired: true, isPath: true, reserved: /^\.own\// };
  const sinks = new Map([["local", { driver: "file", fields: [field] }]]);
  expect(told(readTexts([keyAt(".own/x")], aContext({ sinks })))).toEqual([
    'keys/a.yaml:8:36 SLOT_PATH_RESERVED sink local keeps the path ".own/x" for itself (write it like ci/scanner)',
  ]);
  expect(readTexts([keyAt("a/.own/x")], aContext({ sinks })).issues).toEqual([]);
});

const slotAt = (path: string) => aKey({ deliverTo: `[{ sink: env, path: ${path}, field: TOKEN }]` });

test("G9: a line break in a value gets into no message", () => {
  const texts = [aKey({ deliverTo: '[{ sink: local, path: "a\\nb" }]', metadata: 'labels: { "x\\ny": 1 }' })];
  const { issues } = readTexts(texts);
  expect(codes({ issues })).toEqual(["SCHEMA_VALUE", "SCHEMA_TYPE", "SCHEMA_VALUE"]);
  expect(issues.map(({ message }) => message).join("")).not.toContain("\n");
});

test("G6: a slot's path outside of the sink's allowed paths is refused", () => {
  expect(readTexts([slotAt("ci/app")]).issues).toEqual([]);
  expect(told(readTexts([slotAt("prod/app")]))).toEqual([
    'keys/a.yaml:8:34 SLOT_PATH_NOT_ALLOWED sink env does not allow the path "prod/app" (the configuration allows ci/*, app.env)',
  ]);
});

test.each([
  [
    "an expiry",
    "requireExpiration: true",
    aKey({ expires: "never" }),
    "keys/a.yaml:7:12 POLICY_EXPIRATION scanner never expires; the policy requires an expiry (see requireExpiration of policy main at keys/b.yaml:5:22)",
  ],
  [
    "a longest life",
    "maxLifetimeDays: 30",
    aKey(),
    "keys/a.yaml:7:12 POLICY_LIFETIME scanner lives 90d; the policy allows 30d (see maxLifetimeDays of policy main at keys/b.yaml:5:20)",
  ],
  [
    "a longest life, by an instant",
    "maxLifetimeDays: 30",
    aKey({ expires: "{ at: 2026-12-21T08:01:00Z }" }),
    "keys/a.yaml:7:12 POLICY_LIFETIME scanner lives 43201m; the policy allows 30d (see maxLifetimeDays of policy main at keys/b.yaml:5:20)",
  ],
  [
    "roles",
    "allowedRoles: [USER]",
    aKey(),
    "keys/a.yaml:6:10 POLICY_ROLE scanner has READ_ONLY; the policy allows USER (see allowedRoles of policy main at keys/b.yaml:5:17)",
  ],
  [
    "rotation",
    "requireRotation: true",
    aKey({ rotation: "disabled" }),
    "keys/a.yaml:8:13 POLICY_ROTATION scanner is not rotated by schedule; the policy requires that (see requireRotation of policy main at keys/b.yaml:5:20)",
  ],
  [
    "rotation of what never expires",
    "requireRotation: true",
    aKey({ expires: "never" }),
    "keys/a.yaml:6:3 POLICY_ROTATION scanner is not rotated by schedule; the policy requires that (see requireRotation of policy main at keys/b.yaml:5:20)",
  ],
  [
    "an owner",
    "requireOwner: true",
    aKey(),
    "keys/a.yaml:4:3 POLICY_OWNER scanner has no metadata.owner; the policy requires one (see requireOwner of policy main at keys/b.yaml:5:17)",
  ],
  [
    "a form of names",
    "namePattern: (ci|svc)-.*",
    aKey({ name: "my-ci-x" }),
    "keys/a.yaml:4:9 POLICY_NAME my-ci-x does not match the policy's pattern (ci|svc)-.* (see namePattern of policy main at keys/b.yaml:5:16)",
  ],
])(
  "the policy requires %s: the issue stands at the key and names the rule",
  (_name, policy, key, expected) => {
    expect(told(readTexts([key, aPolicy(policy)]))).toEqual([expected]);
  },
);

test("a key exactly within the policy is fine", () => {
  const policy = aPolicy(
    "requireExpiration: true\n  maxLifetimeDays: 90\n  allowedRoles: [READ_ONLY]\n  requireRotation: true\n  requireOwner: true\n  namePattern: sca.+",
  );
  const { built, issues } = readTexts([aKey({ metadata: "owner: me" }), policy]);
  expect(issues).toEqual([]);
  expect(built?.desired.policy).toMatchObject({
    maxLifetimeDays: 90,
    allowedRoles: ["READ_ONLY"],
    namePattern: "sca.+",
  });
});

test("a lifetime over 400 days in a policy, a second policy and a bad pattern are refused", () => {
  expect(codes(readTexts([aPolicy("maxLifetimeDays: 401")]))).toEqual(["SCHEMA_VALUE"]);
  expect(codes(readTexts([aPolicy("requireOwner: true"), aPolicy("requireOwner: true", "other")]))).toEqual([
    "POLICY_DUPLICATE",
  ]);
  expect(codes(readTexts([aPolicy("namePattern: (?=a)")]))).toEqual(["POLICY_PATTERN"]);
});

test("G12: a pattern that other engines choke on takes no time", () => {
  const start = cpuMs();
  const name = `${"a".repeat(60)}-b`;
  expect(codes(readTexts([aKey({ name }), aPolicy("namePattern: (a*)*(a*)*c")]))).toEqual(["POLICY_NAME"]);
  expect(cpuMs() - start).toBeLessThan(500);
});

const anOverlay = (spec: string, metadata = "name: scanner") =>
  `apiVersion: keywright/v1\nkind: ApiKey\nmetadata: { ${metadata} }\nspec:\n  ${spec}\n`;

test("an overlay changes fields, in the order of the layers, and is told", () => {
  const base = aFile(
    aKey({ metadata: "labels: { tier: internal, team: a }", rotation: "{ at: 50%, overlap: 1h }" }),
    "base/scanner.yaml",
  );
  const prod = aFile(
    anOverlay(
      "expires: { on: 2027-01-01, timezone: UTC }\n  rotation: { before: 2d }",
      "name: scanner, labels: { tier: prod }",
    ),
    "prod/scanner.yaml",
    1,
  );
  const { built, issues, overlays } = buildDesired([base, prod], aContext());
  expect(issues).toEqual([]);
  expect(built?.desired.keys[0]).toMatchObject({
    labels: { tier: "prod", team: "a" },
    expires: { type: "at", instant: "2027-01-01T23:59:59.999Z" },
    rotation: { trigger: { type: "before", ms: 2 * DAY_MS }, overlapMs: 3_600_000 },
    origin: { file: "base/scanner.yaml", line: 4 },
  });
  expect([...overlays]).toEqual([
    [
      "ApiKey/scanner",
      expect.arrayContaining([
        { field: "metadata.labels.tier", file: "prod/scanner.yaml" },
        { field: "spec.expires", file: "prod/scanner.yaml" },
        { field: "spec.rotation.before", file: "prod/scanner.yaml" },
      ]),
    ],
  ]);
});

test("a fault in an overlay is told where it stands", () => {
  const over =
    "apiVersion: keywright/v1\nkind: ApiKey\nmetadata: { name: scanner }\nspec: { roles: [BOSS], roels: 1 }\n";
  expect(
    told(buildDesired([aFile(aKey()), aFile(over, "prod/a.yaml", 1)], aContext())).map((line) =>
      line.split(" ").slice(0, 2).join(" "),
    ),
  ).toEqual(["prod/a.yaml:4:17 SCHEMA_VALUE", "prod/a.yaml:4:24 SCHEMA_UNKNOWN_FIELD"]);
});

test("all issues of all files come at once, in the order of their places", () => {
  const reading = readTexts([
    aKey({ metadata: "x: 1", expires: "soon", rotation: "{ at: 66 }" }),
    "a: *b\n",
    aKey({ name: "c", roles: "[{ custom: nobody }]", expires: "" }),
  ]);
  expect(reading.built).toBeUndefined();
  expect(codes(reading)).toEqual([
    "SCHEMA_UNKNOWN_FIELD",
    "SCHEMA_VALUE",
    "SCHEMA_TYPE",
    "YAML_ANCHOR",
    "EXPIRY_MISSING",
  ]);
});

test("roles are not called unknown while a file that may declare them cannot be read", () => {
  expect(codes(readTexts([aKey({ roles: "[{ custom: editor }]" }), `${aRole("editor")}x: *y\n`]))).toEqual([
    "YAML_ANCHOR",
  ]);
});

const digest = (texts: readonly string[]) => readTexts(texts).built?.digest;

test("layout, comments, files and order of fields do not move the digest; content does", () => {
  const first = digest([aKey(), aRole()]);
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(
    digest([
      `# hello\n${aRole("editor", "[Edit, View]")}---\n${aKey().replace("[READ_ONLY]", "\n    - READ_ONLY # x")}`,
    ]),
  ).toBe(first);
  expect(digest([aKey({ expires: "{ after: 91d }" }), aRole()])).not.toBe(first);
});

test("the number of issues of one manifest is limited, and the rest counted", () => {
  const labels = Array.from({ length: 32 }, (_, i) => `l${i}: ${i}`).join(", ");
  const many = Array.from({ length: 40 }, (_, i) => `f${i}: 1`).join("\n  ");
  const { issues } = readTexts([aKey({ metadata: `labels: { ${labels} }`, spec: many })]);
  expect(issues).toHaveLength(51);
  expect(issues.find(({ code }) => code === "ISSUES_CUT")?.message).toBe("22 more issues are not shown");
});

const realKey = createKey(
  { prefix: "kw", environment: "live" },
  { bytes: (n) => Uint8Array.from({ length: n }, (_, i) => i * 11) },
).reveal();

test("G14: a real key in a manifest or in a file's name is refused without a copy of it", () => {
  const { issues } = buildDesired(
    [
      aFile(aKey({ spec: `description: "${realKey}"\n  unknown: 1` })),
      aFile(aKey({ name: "b" }), `keys/${realKey}.yaml`),
    ],
    aContext(),
  );
  expect(issues.map(({ code }) => code)).toEqual(["KEY_IN_TEXT", "KEY_IN_TEXT"]);
  expect(JSON.stringify(issues)).not.toContain(realKey.slice(8, 20));
});

test("an address with a password in it is in no frame", () => {
  const { issues } = readTexts([aKey({ spec: "description: see https://me:hunter2@host/\n  x: 1" })]);
  expect(issues).toHaveLength(1);
  expect(JSON.stringify(issues)).not.toContain("hunter2");
});

test("10,000 manifests are read in a few seconds", () => {
  const files = Array.from({ length: 10_000 }, (_, i) =>
    aFile(aKey({ name: `key-${i}`, metadata: "owner: me" }), `keys/${i}.yaml`),
  );
  const start = cpuMs();
  expect(buildDesired(files, aContext()).built?.desired.keys).toHaveLength(10_000);
  expect(cpuMs() - start).toBeLessThan(8_000);
});

test("any manifest-like text is built or refused: nothing throws, and an error means no state", () => {
  const pieces = fc.constantFrom(
    "apiVersion: keywright/v1\n",
    "kind: ApiKey\n",
    "kind: Role\n",
    "metadata: { name: a }\n",
    "metadata:\n  name: b\n",
    "spec:\n",
    "spec: []\n",
    "  roles: [READ_ONLY]\n",
    "  roles: { a: 1 }\n",
    "  expires: { after: 1d }\n",
    "  expires: { on: 2027-01-01, timezone: X }\n",
    "  deliverTo: [{ sink: local, path: a }]\n",
    "  rotation: { every: 1d }\n",
    "---\n",
    "  permissions: [1]\n",
    "  x: y\n",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
      const { built, issues } = buildDesired([aFile(parts.join(""))], { ...aContext(), now: NOW });
      expect(built === undefined).toBe(issues.some(({ severity }) => severity === "error"));
      for (const issue of issues) expect(issue.message).not.toMatch(/undefined|\[object/);
    }),
    { numRuns: 1_000 },
  );
});
