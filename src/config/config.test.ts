import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_DRIFT_POLICY, DRIFT_CLASSES } from "../core/drift/finding.ts";
import fc from "fast-check";
import { type Issue, hasErrors } from "../core/issue.ts";
import { loadConfig } from "./load-config.ts";
import { SINK_DRIVERS } from "../sinks/open-sink.ts";
import { parseConfig } from "./parse-config.ts";
import { resolveCredential } from "./resolve-credential.ts";
import type { CredentialRef } from "./config.ts";

const ORIGIN = { file: "keywright.yaml", directory: "/repo" };
const parse = (text: string) => parseConfig(text, ORIGIN);
const told = (issues: readonly Issue[]) =>
  issues.map(
    ({ at, code, message, hint }) =>
      `${at?.line}:${at?.column} ${code} ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );

interface Parts {
  readonly store?: string;
  readonly sinks?: string;
  /** Further lines. */
  readonly more?: string;
  readonly manifests?: string;
}

const aConfig = ({
  store = "{ driver: embedded }",
  sinks = "{ local: { driver: file, directory: secrets } }",
  more = "",
  manifests = '["keys/**/*.yaml"]',
}: Parts = {}) =>
  `apiVersion: keywright/v1\nkind: Config\ninstance: acme-prod\nmanifests: ${manifests}\nstore: ${store}\nsinks: ${sinks}\n${more}`;

const keywright = (url: string, credential = "{ env: TOKEN }") =>
  `{ driver: keywright, url: "${url}", credential: ${credential} }`;

test("the smallest configuration, with its defaults", () => {
  expect(parse(aConfig())).toEqual({
    issues: [],
    config: {
      instance: "acme-prod",
      manifests: ["keys/**/*.yaml"],
      store: { driver: "embedded", directory: "/repo/.keywright/store" },
      sinks: new Map([["local", { driver: "file", directory: "/repo/secrets", format: "raw" }]]),
      ledger: { driver: "file", directory: "/repo/.keywright/ledger" },
      guards: { maxRevocations: 3, maxRevocationsPercent: 10, protectedKeys: [], ownKeyIds: [] },
      driftPolicy: DEFAULT_DRIFT_POLICY,
      notify: [],
      production: true,
      approvals: [],
      defaults: { rotation: { at: "66%", overlap: "24h" } },
    },
  });
});

test("a drift schedule is in UTC unless it says otherwise, and knows its line", () => {
  const at = { file: "keywright.yaml", line: 8, column: 13 };
  expect(parse(aConfig({ more: "drift:\n  schedule: 17 6 * * *\n" })).config?.drift).toEqual({
    schedule: "17 6 * * *",
    timezone: "UTC",
    at,
  });
  const hourly = "drift: { schedule: 0 * * * *, jitter";
  const jitterOf = (text: string) =>
    parse(aConfig({ more: `${hourly}: ${text} }\n` })).config?.drift?.jitterMs;
  expect([jitterOf("5m"), jitterOf("0m"), jitterOf("soon")]).toEqual([300_000, 0, undefined]);
  const there = parse(aConfig({ more: "drift:\n  schedule: '@x'\n  timezone: Asia/Kolkata\n" }));
  expect(told(there.issues)).toEqual([expect.stringContaining("8:13 CONFIG_SCHEDULE")]);
});

test("each class of drift is answered as configured, and the others as usual", () => {
  const { config } = parse(aConfig({ more: "drift: { onAltered: fix, onForeign: ignore }\n" }));
  expect(config?.driftPolicy).toEqual({ ...DEFAULT_DRIFT_POLICY, altered: "fix", foreign: "ignore" });
  expect(config).not.toHaveProperty("drift");
  const all = DRIFT_CLASSES.map((name) =>
    `on-${name}`.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()),
  );
  const ignoring = parse(
    aConfig({ more: `drift: { ${all.map((name) => `${name}: ignore`).join(", ")} }\n` }),
  );
  expect(new Set(Object.values(ignoring.config?.driftPolicy ?? {}))).toEqual(new Set(["ignore"]));
});

test.each([
  ["onForeign", "what Keywright did not make it never changes"],
  ["onOrphan", "a key that the ledger does not know may be in use"],
  ["onNotCompliant", "keys from before a policy are told"],
])("%s cannot be fix, and the line says why", (field, why) => {
  const { issues } = parse(aConfig({ more: `drift:\n  onMissing: fix\n  ${field}: fix\n` }));
  expect(told(issues)).toEqual([
    expect.stringMatching(`^9:\\d+ SCHEMA_VALUE drift.${field} cannot be "fix" .*${why}`),
  ]);
});

test("a Cortex sink names its credential, and which tags manifests may use", () => {
  const sink = '{ driver: cortex-secret, credential: { file: token }, tags: ["scanner_*"] }';
  const { config } = parse(aConfig({ sinks: `{ cortex: ${sink} }` }));
  expect(config?.sinks.get("cortex")).toEqual({
    driver: "cortex-secret",
    credential: { type: "file", path: "/repo/token", at: { file: "keywright.yaml", line: 6, column: 55 } },
    tags: ["scanner_*"],
  });
});

const vault = (rest: string): string =>
  aConfig({ sinks: `{ v: { driver: vault, address: https://v.example, ${rest} } }` });

test.each([
  [
    "{ token: { env: VAULT_TOKEN } }",
    { method: "token", token: { type: "env", variable: "VAULT_TOKEN", at: expect.anything() } },
  ],
  [
    "{ appRole: { roleId: r-1, secretId: { file: ../s } } }",
    {
      method: "appRole",
      mount: "approle",
      roleId: "r-1",
      secretId: { type: "file", path: "/s", at: expect.anything() },
    },
  ],
  [
    "{ jwt: { role: ci, mount: k8s/a, token: { file: t } } }",
    {
      method: "jwt",
      mount: "k8s/a",
      role: "ci",
      token: { type: "file", path: "/repo/t", at: expect.anything() },
    },
  ],
  [
    "{ jwt: { role: ci, githubActions: { audience: https://v.example } } }",
    { method: "githubActions", mount: "jwt", role: "ci", audience: "https://v.example" },
  ],
])("a Vault sink that logs in by %s", (auth, built) => {
  const { config, issues } = parse(vault(`auth: ${auth}, namespace: team/a, paths: ["ci/*"]`));
  expect(issues).toEqual([]);
  expect(config?.sinks.get("v")).toEqual({
    driver: "vault",
    address: "https://v.example",
    mount: "secret",
    namespace: "team/a",
    paths: ["ci/*"],
    auth: built,
  });
});

const cortexCloud = (rest: string): string => `{ driver: cortex-cloud, credential: { env: T }, ${rest} }`;

test("a Cortex Cloud tenant: its address as the API has it, the key that we run with and its level", () => {
  const acme = parse(aConfig({ store: cortexCloud("url: acme.xdr.eu.paloaltonetworks.com/, keyId: 87") }));
  expect(acme.issues).toEqual([]);
  expect(acme.config?.store).toMatchObject({
    url: "https://api-acme.xdr.eu.paloaltonetworks.com",
    keyId: 87,
    securityLevel: "standard",
  });
  const local = parse(
    aConfig({ store: cortexCloud('url: "http://127.0.0.1:4180", securityLevel: advanced') }),
  );
  expect(local.config?.store).toMatchObject({ url: "http://127.0.0.1:4180", securityLevel: "advanced" });
});

test("a full configuration; relative paths start from its directory", () => {
  const { config } = parse(
    aConfig({
      store: keywright("https://keys.acme.example/x", "{ file: ../token }"),
      sinks:
        '{ local: { driver: file, directory: /abs, recipients: [age1abc], identityFile: id.txt, paths: ["ci/*"] }, env: { driver: file, directory: e, format: dotenv } }',
      more: "ledger: { driver: file, directory: l }\nguards: { maxRevocations: 0, maxRevocationsPercent: 2.5, protectedKeys: [break-glass], ownKey: { id: ak_1 } }\ndefaults: { rotation: { every: 30d }, expires: { after: 90d } }\nconcurrency: 8\n",
    }),
  );
  expect(config).toEqual({
    instance: "acme-prod",
    manifests: ["keys/**/*.yaml"],
    store: {
      driver: "keywright",
      url: "https://keys.acme.example/x",
      credential: { type: "file", path: "/token", at: { file: "keywright.yaml", line: 5, column: 77 } },
    },
    sinks: new Map([
      [
        "local",
        {
          driver: "file",
          directory: "/abs",
          format: "raw",
          recipients: ["age1abc"],
          identityFile: "/repo/id.txt",
          paths: ["ci/*"],
        },
      ],
      ["env", { driver: "file", directory: "/repo/e", format: "dotenv" }],
    ]),
    ledger: { driver: "file", directory: "/repo/l" },
    guards: {
      maxRevocations: 0,
      maxRevocationsPercent: 2.5,
      protectedKeys: ["break-glass"],
      ownKeyIds: ["ak_1"],
    },
    defaults: { rotation: { every: "30d" }, expires: { after: "90d" } },
    driftPolicy: DEFAULT_DRIFT_POLICY,
    notify: [],
    production: true,
    approvals: [],
    concurrency: 8,
  });
});

test.each<[string, string, string]>([
  [
    "an unknown field",
    aConfig({ more: "guard: {}\n" }),
    '7:1 SCHEMA_UNKNOWN_FIELD unknown field "guard" in the document (did you mean "guards"?)',
  ],
  [
    "what this version does not have",
    aConfig({ more: "webhook: { url: x }\n" }),
    '7:1 SCHEMA_UNKNOWN_FIELD unknown field "webhook" in the document (known here: apiVersion, approvals, concurrency, defaults, drift, github, guards, instance, kind, ledger and 5 more)',
  ],
  [
    "a cron expression that is none",
    aConfig({ more: "drift:\n  schedule: 17 25 * * *\n" }),
    '8:13 CONFIG_SCHEDULE "17 25 * * *" is no schedule: Invalid value for hour: 25 (write minute, hour, day of the month, month and day of the week, such as "17 6 * * *")',
  ],
  [
    "a time zone that there is not",
    aConfig({ more: "drift:\n  schedule: 17 6 * * *\n  timezone: Europe/Berlinn\n" }),
    '9:13 CONFIG_TIME_ZONE there is no time zone "Europe/Berlinn" (did you mean "Europe/Berlin"?)',
  ],
  [
    "a drift without its schedule",
    aConfig({ more: "drift: { timezone: UTC }\n" }),
    "7:8 SCHEMA_MISSING_FIELD drift lacks schedule",
  ],
  [
    "a jitter without its schedule",
    aConfig({ more: "drift: { jitter: 1m }\n" }),
    "7:8 SCHEMA_MISSING_FIELD drift lacks schedule",
  ],
  [
    "an unknown store driver",
    aConfig({ store: "{ driver: embeded }" }),
    '5:18 SCHEMA_VALUE store.driver cannot be "embeded" (did you mean "embedded"?)',
  ],
  [
    "a field of another driver",
    aConfig({ store: "{ driver: embedded, url: x }" }),
    '5:28 SCHEMA_UNKNOWN_FIELD unknown field "url" in store (known here: directory, driver, pepperFile)',
  ],
  [
    "an unknown sink driver",
    aConfig({ sinks: "{ a: { driver: nowhere } }" }),
    `6:23 SCHEMA_VALUE sinks.a.driver cannot be "nowhere" (allowed: ${Object.keys(SINK_DRIVERS).join(", ")})`,
  ],
  [
    "a sink without a directory",
    aConfig({ sinks: "{ a: { driver: file } }" }),
    "6:13 SCHEMA_MISSING_FIELD sinks.a lacks directory (Relative to this file.)",
  ],
  [
    "a Cortex Cloud tenant without an address",
    aConfig({ store: "{ driver: cortex-cloud, credential: { env: T } }" }),
    "5:8 SCHEMA_MISSING_FIELD store lacks url (As the console copies it; with or without https:// and, on paloaltonetworks.com, api-.)",
  ],
  [
    "G6: a tenant's address that would send the credential in the clear",
    aConfig({ store: cortexCloud('url: "http://acme.xdr.eu.paloaltonetworks.com"') }),
    "5:61 CONFIG_URL plain http is only for the loopback interface (use https)",
  ],
  [
    "a tenant's address with a credential in it",
    aConfig({ store: cortexCloud('url: "me:pw@acme.xdr.eu.paloaltonetworks.com"') }),
    "5:61 SCHEMA_VALUE store.url must be the address of the tenant's API without user and password",
  ],
  [
    "an id of a key that is no number",
    aConfig({ store: cortexCloud("url: acme.example, keyId: ak87") }),
    "5:82 SCHEMA_TYPE store.keyId must be a whole number, and is text",
  ],
  [
    "a Cortex sink without a credential",
    aConfig({ sinks: "{ a: { driver: cortex-secret } }" }),
    "6:13 SCHEMA_MISSING_FIELD sinks.a lacks credential",
  ],
  [
    "G6: a sink's address that would send the credential in the clear",
    aConfig({
      sinks: '{ a: { driver: cortex-secret, url: "http://cortex.acme.example", credential: { env: T } } }',
    }),
    "6:43 CONFIG_URL plain http is only for the loopback interface (use https)",
  ],
  [
    "a credential file of a sink where another sink writes",
    aConfig({
      sinks:
        "{ a: { driver: cortex-secret, credential: { file: s/token } }, b: { driver: file, directory: s } }",
    }),
    "6:101 CONFIG_DIRECTORY the credential file of sink a lies in the directory of sink b (give each sink a directory for its secrets alone, such as .keywright/secrets)",
  ],
  [
    "a Vault sink that says nothing of a token",
    vault("mount: kv"),
    "6:13 SCHEMA_MISSING_FIELD sinks.v lacks auth",
  ],
  [
    "S5: a token of Vault in the configuration itself",
    vault("auth: { token: hvs.0123456789 }"),
    "6:73 SCHEMA_VALUE sinks.v.auth.token must be one of: { env: KEYWRIGHT_TOKEN } | { file: /run/secrets/keywright } (name a variable or a file; a credential never stands in this file)",
  ],
  [
    "two ways to a token of Vault",
    vault("auth: { token: { env: T }, jwt: { role: a, token: { env: T } } }"),
    "6:64 SCHEMA_VALUE sinks.v.auth must be one of: { token: … } | { appRole: … } | { jwt: … }",
  ],
  [
    "a JWT for Vault from nowhere",
    vault("auth: { jwt: { role: a } }"),
    "6:71 SCHEMA_VALUE sinks.v.auth.jwt must be one of: { role: …, githubActions: { audience: … } } | { role: …, token: … }",
  ],
  [
    "a JWT of GitHub for nobody",
    vault("auth: { jwt: { role: a, githubActions: {} } }"),
    "6:97 SCHEMA_MISSING_FIELD sinks.v.auth.jwt.githubActions lacks audience (What the role of Vault has under `bound_audiences`.)",
  ],
  [
    "a mount of Vault with a slash too many",
    vault("mount: kv/, auth: { token: { env: T } }"),
    "6:65 SCHEMA_VALUE sinks.v.mount must be a path without a slash at its beginning and its end",
  ],
  [
    "G6: an address of Vault that would send the token in the clear",
    aConfig({ sinks: '{ v: { driver: vault, address: "http://v.example", auth: { token: { env: T } } } }' }),
    "6:39 CONFIG_URL plain http is only for the loopback interface (use https)",
  ],
  [
    "a file of Vault's token where another sink writes",
    aConfig({
      sinks:
        "{ v: { driver: vault, address: https://v.example, auth: { token: { file: s/t } } }, b: { driver: file, directory: s } }",
    }),
    "6:122 CONFIG_DIRECTORY the credential file of sink v lies in the directory of sink b (give each sink a directory for its secrets alone, such as .keywright/secrets)",
  ],
  ["no sinks", aConfig({ sinks: "{}" }), "6:8 SCHEMA_VALUE sinks must not be empty"],
  [
    "a bad name of a sink",
    aConfig({ sinks: "{ My_Sink: { driver: file, directory: x } }" }),
    '6:10 SCHEMA_VALUE the name "My_Sink" in sinks must be 1 to 63 lower-case letters and digits, with single dashes between them',
  ],
  [
    "an absolute pattern",
    aConfig({ manifests: '["/keys/*"]' }),
    "4:13 SCHEMA_VALUE manifests[0] must be a relative glob with forward slashes, without `..` and not negated",
  ],
  [
    "a pattern that leads out",
    aConfig({ manifests: '["a/../../*"]' }),
    "4:13 SCHEMA_VALUE manifests[0] must be a relative glob with forward slashes, without `..` and not negated",
  ],
  [
    "encrypted dotenv files",
    aConfig({ sinks: "{ a: { driver: file, directory: x, format: dotenv, recipients: [age1x] } }" }),
    "6:71 CONFIG_SINK sink a cannot encrypt dotenv files for recipients (use format raw, or no recipients)",
  ],
  [
    "an identity without recipients",
    aConfig({ sinks: "{ a: { driver: file, directory: x, identityFile: y } }" }),
    "6:57 CONFIG_SINK sink a has an identityFile and no recipients, so nothing is encrypted (name recipients too)",
  ],
  [
    "a default in no zone",
    aConfig({ more: "defaults: { expires: { on: 2027-01-01, timezone: Nowhere } }\n" }),
    '7:50 EXPIRY_INVALID there is no time zone "Nowhere" (write an IANA name such as Europe/Berlin or UTC)',
  ],
  [
    "defaults that exclude each other",
    aConfig({ more: "defaults: { expires: { after: 7d }, rotation: { every: 30d } }\n" }),
    "7:56 ROTATION_IMPOSSIBLE the key expires after 7d, before it is rotated at the age of 30d (choose less than 7d)",
  ],
  ["nothing", "# later\n", "1:1 CONFIG_EMPTY the configuration is empty (keywright init)"],
  [
    "two documents",
    `${aConfig()}---\na: 1\n`,
    "8:1 CONFIG_SHAPE a configuration is one document (remove what follows `---`)",
  ],
  [
    "G1: an alias",
    aConfig({ store: "*x" }),
    "5:8 YAML_ANCHOR anchors and aliases are not allowed (write the value out)",
  ],
  [
    "G4: __proto__",
    aConfig({ sinks: "{ __proto__: { driver: file, directory: x } }" }),
    '6:10 YAML_FORBIDDEN_KEY "__proto__" is not allowed as a name',
  ],
])("%s is told at its place", (_name, text, expected) => {
  const { config, issues } = parse(text);
  expect(config).toBeUndefined();
  expect(told(issues)).toEqual([expected]);
});

const sinksAt = (...directories: readonly string[]) =>
  `{ ${directories.map((path, index) => `s${index}: { driver: file, directory: ${path} }`).join(", ")} }`;

test.each([
  ["of another sink", { sinks: sinksAt("a", "b/../a/") }, 6, "sink s1 has the same directory as sink s0"],
  [
    "above another sink's",
    { sinks: sinksAt("a/b", "a") },
    6,
    "the directory of sink s1 contains that of sink s0",
  ],
  [
    "inside another sink's",
    { sinks: sinksAt("/repo/a", "a/b") },
    6,
    "the directory of sink s1 lies inside that of sink s0",
  ],
  ["of the store", { sinks: sinksAt(".keywright/store") }, 6, "sink s0 has the same directory as the store"],
  [
    "inside the store's",
    { store: "{ driver: embedded, directory: s }", sinks: sinksAt("s/x") },
    6,
    "the directory of sink s0 lies inside that of the store",
  ],
  [
    "of the ledger",
    { sinks: sinksAt("l"), more: "ledger: { driver: file, directory: l }\n" },
    6,
    "sink s0 has the same directory as the ledger",
  ],
  [
    "above the ledger's",
    { store: keywright("https://x.example"), sinks: sinksAt(".") },
    6,
    "the directory of sink s0 contains that of the ledger",
  ],
  [
    "with the pepper",
    { store: "{ driver: embedded, pepperFile: a/pepper }", sinks: sinksAt("a") },
    6,
    "the store's pepperFile lies in the directory of sink s0",
  ],
  [
    "with the credential",
    { store: keywright("https://x.example", "{ file: a/x/y }"), sinks: sinksAt("a") },
    6,
    "the store's credential file lies in the directory of sink s0",
  ],
  [
    "with its own identity",
    { sinks: "{ a: { driver: file, directory: a, recipients: [age1x], identityFile: a/id } }" },
    6,
    "the identityFile of sink a lies in the directory of sink a",
  ],
])("a sink's directory %s is refused", (_name, parts, line, message) => {
  const { config, issues } = parse(aConfig(parts));
  expect(config).toBeUndefined();
  expect(issues.map(({ at, code, message: text }) => [at?.line, code, text])).toEqual([
    [line, "CONFIG_DIRECTORY", message],
  ]);
  expect(issues[0]?.hint).toContain("a directory for its secrets alone");
});

test("every overlap of a sink's directory is told, at that sink", () => {
  const { issues } = parse(aConfig({ sinks: sinksAt(".", "x") }));
  expect(told(issues).map((line) => line.split(" (")[0])).toEqual([
    "6:41 CONFIG_DIRECTORY the directory of sink s0 contains that of the ledger",
    "6:41 CONFIG_DIRECTORY the directory of sink s0 contains that of the store",
    "6:77 CONFIG_DIRECTORY the directory of sink s1 lies inside that of sink s0",
  ]);
});

test("directories beside each other are fine, also when one's name begins like another's", () => {
  const sinks = sinksAt(
    ".keywright/secrets",
    ".keywright/app",
    ".keywright/store2",
    ".keywright/ledger-x",
    "..x",
  );
  const store = "{ driver: embedded, pepperFile: .keywright/pepper }";
  expect(told(parse(aConfig({ sinks, store })).issues)).toEqual([]);
});

test.each([
  "https://keys.acme.example",
  "https://keys.acme.example:8443/prefix/",
  "http://127.0.0.1:4000",
  "http://[::1]:4000",
  "http://localhost:4000",
  "http://127.9.9.9",
])("G6: %s is an address for a credential", (url) => {
  expect(told(parse(aConfig({ store: keywright(url) })).issues)).toEqual([]);
});

test.each([
  "http://keys.acme.example",
  "http://10.0.0.1",
  "http://localhost.evil.example",
  "http://127.0.0.1.evil.example",
  "https://169.254.169.254",
  "http://169.254.169.254/latest",
  "https://2852039166",
  "https://0xa9fea9fe",
  "https://[fe80::1]",
  "https://[::ffff:169.254.169.254]",
  "https://x.example/?q=1",
  "https://x.example/#f",
  "https://me:pw@x.example",
  "https://",
  "ftp://x.example",
  "file:///etc/passwd",
  "keys.acme.example",
  "https://a b",
])("G6: %s is none", (url) => {
  const { config, issues } = parse(aConfig({ store: keywright(url) }));
  expect(config).toBeUndefined();
  expect(issues.map(({ at }) => at?.line)).toEqual([5]);
});

test.each([
  ["in place of its name", keywright("https://x.example", "tok-hunter2-abc")],
  [
    "as a field of its own",
    '{ driver: keywright, url: "https://x.example", token: tok-hunter2-abc, credential: { env: T } }',
  ],
  ["in the address", keywright("https://me:tok-hunter2-abc@x.example")],
  ["as the name of a variable", keywright("https://x.example", "{ env: tok-hunter2-abc }")],
  ["as a value in place of a name", keywright("https://x.example", "{ value: tok-hunter2-abc }")],
])("a credential %s is refused without a copy of it", (_name, store) => {
  const { config, issues } = parse(aConfig({ store }));
  expect(config).toBeUndefined();
  expect(issues.length).toBeGreaterThan(0);
  expect(JSON.stringify(issues)).not.toContain("hunter2");
});

test("any text is a configuration or has an error", () => {
  const lines = aConfig().split("\n");
  const mutated = fc
    .array(fc.tuple(fc.nat(lines.length), fc.string({ maxLength: 20 })), { maxLength: 4 })
    .map((edits) => {
      const copy = [...lines];
      for (const [at, text] of edits) copy.splice(at, at % 2, text);
      return copy.join("\n");
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string({ unit: "binary" })), (text) => {
      const { config, issues } = parse(text);
      expect(config === undefined).toBe(hasErrors(issues));
    }),
    { numRuns: 500 },
  );
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "keywright-config-test-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a configuration is read from disk, and its paths start from where it lies", async () => {
  writeFileSync(join(directory, "keywright.yaml"), aConfig());
  const config = await loadConfig("keywright.yaml", directory);
  expect(config.ledger).toEqual({ driver: "file", directory: join(directory, ".keywright/ledger") });
});

test("a directory or a named pipe in place of a configuration is told, not waited for", async () => {
  const pipe = join(directory, "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  await expect(loadConfig("pipe.yaml", directory)).rejects.toThrow("pipe.yaml is no regular file");
  await expect(loadConfig(".", directory)).rejects.toMatchObject({
    code: "CONFIG_MISSING",
    message: ". is a directory",
    hint: expect.stringContaining("--config keywright.yaml"),
  });
});

test("a missing configuration says how to make one; a wrong one has all its issues", async () => {
  await expect(loadConfig("nowhere.yaml", directory)).rejects.toMatchObject({
    code: "CONFIG_MISSING",
    message: "there is no nowhere.yaml",
    hint: expect.stringContaining("keywright init"),
  });
  writeFileSync(join(directory, "wrong.yaml"), aConfig({ more: "a: 1\nb: 2\n" }));
  await expect(loadConfig("wrong.yaml", directory)).rejects.toMatchObject({
    code: "INPUT_INVALID",
    issues: [{ at: { file: "wrong.yaml", line: 7 } }, { at: { file: "wrong.yaml", line: 8 } }],
  });
});

const at = { file: "keywright.yaml", line: 5, column: 3 };
const variable: CredentialRef = { type: "env", variable: "TOKEN", at };
const fileOf = (content: string): CredentialRef => {
  const path = join(directory, "token");
  writeFileSync(path, content);
  return { type: "file", path, at };
};

test.each([
  ["as it is", "abc"],
  ["with a line break at its end", "abc\n"],
  ["with a Windows line break at its end", "abc\r\n"],
])("S5: a credential comes from a variable or a file, %s", async (_name, content) => {
  expect((await resolveCredential(fileOf(content), {})).reveal()).toBe("abc");
  expect((await resolveCredential(variable, { TOKEN: content })).reveal()).toBe("abc");
});

test.each([
  ["empty", "", "is empty"],
  ["only a line break", "\n", "is empty"],
  ["two lines", "hunter2\nx\n", "more than one line"],
  ["two lines, as old Macs end them", "hunter2\rx", "a line break at its character 8"],
  ["a header more", "hunter2\r\nx-admin: yes", "a line break at its character 8"],
  ["two words", "Bearer hunter2", "a space at its character 7"],
  ["binary", "hunter2\u0000", "character 8 that is no plain letter"],
  ["in typographic quotes", "\u201chunter2\u201d", "at its beginning that is no plain letter"],
  ["behind a byte order mark", "\ufeffhunter2", "at its beginning that is no plain letter"],
  ["far too long", "hunter2".repeat(10_000), "is longer than 64 KiB"],
])("S5: a credential that is %s is refused without a copy of it", async (_name, content, message) => {
  const error: unknown = await resolveCredential(fileOf(content), {}).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "CREDENTIAL_MISSING", message: expect.stringContaining(message) });
  expect(String((error as Error).stack)).not.toContain("hunter2");
});

test("S5: a credential that is not there names the variable or the file, and the line that asks for it", async () => {
  await expect(resolveCredential(variable, {})).rejects.toMatchObject({
    code: "CREDENTIAL_MISSING",
    message: "the environment variable TOKEN is not there; keywright.yaml:5 reads it from there",
  });
  await expect(resolveCredential({ type: "file", path: directory, at }, {})).rejects.toMatchObject({
    message: `the file ${directory} cannot be read (EISDIR); keywright.yaml:5 reads it from there`,
  });
  await expect(resolveCredential({ type: "file", path: "/nowhere/token", at }, {})).rejects.toMatchObject({
    message: expect.stringContaining("/nowhere/token"),
  });
});
