import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createKey } from "../../src/core/key-format.ts";
import { aKeyManifest, CONFIG, createProject } from "./project.fixture.ts";

const aPolicy = (spec: string): string => `apiVersion: keywright/v1
kind: SecurityPolicy
metadata: { name: keys }
spec: { ${spec} }
`;

interface Fault {
  readonly files: Readonly<Record<string, string>>;
  /** Each stands in stderr. */
  readonly says: readonly RegExp[];
}

const a = (spec?: string): string => aKeyManifest("a", spec);

const FAULTS: Readonly<Record<string, Fault>> = {
  "wrong YAML": {
    files: { "keys/a.yaml": "kind: [ApiKey\n" },
    says: [/^keys\/a\.yaml:\d+:\d+ +error YAML_SYNTAX/m],
  },
  "an unknown field": {
    files: { "keys/a.yaml": a("roels: [READ_ONLY]\nroles: [READ_ONLY]") },
    says: [
      /^keys\/a\.yaml:5:3 +error SCHEMA_UNKNOWN_FIELD +unknown field "roels"/m,
      /did you mean "?roles"?\?/,
    ],
  },
  "an unknown default role": {
    files: { "keys/a.yaml": a("roles: [READONLY]") },
    says: [/^keys\/a\.yaml:5:11 +error SCHEMA_VALUE/m, /hint: did you mean "READ_ONLY"/],
  },
  "an unknown custom role": {
    files: { "keys/a.yaml": a("roles: [{ custom: editor }]") },
    says: [
      /^keys\/a\.yaml:5:21 +error ROLE_UNKNOWN +no manifest declares the role editor/m,
      /hint: declare it/,
    ],
  },
  "a name twice": {
    files: { "keys/a.yaml": a(), "keys/b.yaml": a().replace("ci/a", "ci/b") },
    says: [/^keys\/b\.yaml:3:19 +error NAME_DUPLICATE .*keys\/a\.yaml:3:19/m, /hint: rename one/],
  },
  "a lifetime over the policy": {
    files: { "keys/a.yaml": a(), "keys/policy.yaml": aPolicy("maxLifetimeDays: 30") },
    says: [
      /^keys\/a\.yaml:6:12 +error POLICY_LIFETIME +a lives 90d; the policy allows 30d/m,
      /keys\/policy\.yaml:4/,
    ],
  },
  "an unknown sink": {
    files: { "keys/a.yaml": a().replace("sink: local", "sink: locl") },
    says: [/^keys\/a\.yaml:7:23 +error SINK_UNKNOWN/m, /hint: did you mean "local"/],
  },
  "two keys for one slot": {
    files: { "keys/a.yaml": a(), "keys/b.yaml": aKeyManifest("b").replace("ci/b", "ci/a") },
    says: [
      /^keys\/b\.yaml:7:15 +error SLOT_TAKEN +a and b are both delivered to local: path=ci\/a/m,
      /hint: /,
    ],
  },
  "a path out of the sink": {
    files: { "keys/a.yaml": a().replace("ci/a", "../a") },
    says: [/^keys\/a\.yaml:7:\d+ +error /m, /hint: /],
  },
  "several faults, all at once": {
    files: { "keys/a.yaml": a("roles: [READONLY]"), "keys/b.yaml": aKeyManifest("b").replace("90d", "soon") },
    says: [/^keys\/a\.yaml:5:11/m, /^keys\/b\.yaml:6:\d+/m, /^2 errors$/m],
  },
  "a configuration with an unknown field": {
    files: { "keys/a.yaml": a(), "keywright.yaml": CONFIG.replace("sinks:", "sinkz:") },
    says: [/^keywright\.yaml:6:1 +error SCHEMA_UNKNOWN_FIELD/m, /did you mean "?sinks"?\?/],
  },
  "a configuration that is no YAML": {
    files: { "keys/a.yaml": a(), "keywright.yaml": "kind: Config\n  instance: x\n" },
    says: [/^keywright\.yaml:\d+:\d+ +error YAML_/m],
  },
};

test.each(Object.entries(FAULTS))(
  "%s: told with its place, and nothing is made",
  async (_name, { files, says }) => {
    const project = await createProject(files);
    const { code, out, err } = await project.run(["apply", "--yes"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    for (const text of says) expect(err).toMatch(text);
    expect(err).toContain("error INPUT_INVALID");
    await expect(project.read(".keywright/store/store.db")).rejects.toThrow("ENOENT");
  },
);

test("validate tells the same in every format, for people, editors and checks", async () => {
  const project = await createProject({ "keys/a.yaml": a("roles: [READONLY]") });
  const formats = ["text", "json", "sarif", "github"].map((format) =>
    project.run(["validate", "-f", format]),
  );
  const [text, json, sarif, github] = await Promise.all(formats);
  expect([text, json, sarif, github].map((each) => each?.code)).toEqual([1, 1, 1, 1]);
  expect(text?.out).toMatch(/^keys\/a\.yaml:5:11 +error SCHEMA_VALUE/);
  expect(json?.out).toContain("SCHEMA_VALUE");
  expect(JSON.parse(json?.out ?? "")).toBeTruthy();
  expect(JSON.parse(sarif?.out ?? "")).toMatchObject({ version: "2.1.0" });
  expect(github?.out).toMatch(/^::error file=keys\/a\.yaml,line=5,col=11/m);
});

test("a configuration that is missing says how to make one", async () => {
  const project = await createProject();
  const { code, err } = await project.run(["plan", "-c", "prod.yaml"]);
  expect(code).toBe(1);
  expect(err).toContain("CONFIG_MISSING  there is no prod.yaml");
  expect(err).toContain("hint: keywright init makes one");
});

test("G14: a real key in a manifest is refused and never shown, wherever it stands", async () => {
  const key = createKey({ prefix: "kw", environment: "live" }, { bytes: (n) => randomBytes(n) }).reveal();
  const project = await createProject({
    "keys/a.yaml": a(`roles: [READ_ONLY]\ndescription: use ${key} for now`),
    "keys/b.yaml": aKeyManifest("b", `roles: [READ_ONLY]\n${key}: 1`),
    "keys/c.yaml": `${aKeyManifest("c")}# ${key}\n`,
    "keys/d.yaml": `${aKeyManifest("d")}broken: [${key}\n`,
  });
  for (const args of [["validate"], ["validate", "-f", "sarif"], ["plan", "--verbose"], ["apply", "--yes"]]) {
    const { code, out, err } = await project.run(args);
    expect(code).toBe(1);
    for (const file of ["a", "b", "c", "d"]) expect(out + err).toContain(`keys/${file}.yaml`);
  }
  project.watch(key);
  expect((await project.leaks()).filter((leak) => !leak.startsWith("keys/"))).toEqual([]);
});
