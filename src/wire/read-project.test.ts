import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { aRepository, ENVIRONMENT } from "../sources/repository.fixture.ts";
import { type ProjectOptions, readProject } from "./read-project.ts";

const config = (instance: string): string => `apiVersion: keywright/v1
kind: Config
instance: ${instance}
manifests: ["keys/*.yaml"]
store: { driver: embedded, directory: store }
sinks:
  local: { driver: file, directory: out }
`;

const aKey = (name: string): string => `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: ${name} }
spec: { roles: [READ_ONLY], expires: { after: 90d }, deliverTo: [{ sink: local, path: ${name} }] }
`;

function aProject() {
  const repository = aRepository({
    "infra/keywright.yaml": config("believed"),
    "infra/keys/a.yaml": aKey("first"),
    "keys/b.yaml": aKey("elsewhere"),
  });
  onTestFinished(() => repository.remove());
  const commit = repository.commit();
  repository.git("checkout", "--quiet", "-b", "change");
  repository.write("infra/keywright.yaml", config("proposed"));
  repository.write("infra/keys/a.yaml", aKey("second"));
  repository.commit();
  repository.write("infra/keywright.yaml", config("planted"));
  const options: ProjectOptions = {
    cwd: repository.path,
    env: ENVIRONMENT,
    logger: pino({ enabled: false }),
    repo: repository.path,
    config: "infra/keywright.yaml",
    ref: "change",
    configRef: "main",
  };
  return { repository, commit, options };
}

test("G6: the configuration is read at its own ref, and the manifests from its directory on at theirs", async () => {
  const { options, repository } = aProject();
  const project = await readProject(options);
  expect(project.config).toMatchObject({
    instance: "believed",
    store: { directory: `${repository.path}/store` },
  });
  const { desired, source } = await project.readManifests();
  expect(desired?.keys.map(({ name }) => name)).toEqual(["second"]);
  expect(source).toMatchObject({ ref: "change", commit: repository.git("rev-parse", "change") });
});

test("two keys never write one field of a Vault secret, though it be by two sinks", async () => {
  const { options, repository } = aProject();
  const at = "driver: vault, auth: { token: { env: T } }, address";
  const slots = ["one", "two", "other"].map(
    (
      sink,
    ) => `{ kind: ApiKey, apiVersion: keywright/v1, metadata: { name: ${sink} }, spec: { roles: [READ_ONLY],
  expires: { after: 90d }, deliverTo: [{ sink: ${sink}, path: ci/x, field: token }] } }\n`,
  );
  repository.write("infra/keys/a.yaml", slots.join("---\n"));
  repository.write(
    "infra/keywright.yaml",
    `${config("two-sinks")}  one: { ${at}: "https://vault.acme.example", namespace: team, mount: kv }
  two: { ${at}: "https://vault.acme.example/", mount: team/kv }
  other: { ${at}: "https://vault.acme.example", mount: kv }
`,
  );
  repository.commit();
  const project = await readProject({ ...options, configRef: "change" });
  expect((await project.readManifests()).issues.map(({ code, message }) => `${code} ${message}`)).toEqual([
    "SLOT_TAKEN one and two are both delivered to two: field=token path=ci/x",
  ]);
});

test("a configuration that is not there, or nowhere at all, is named with its ref", async () => {
  const { options } = aProject();
  await expect(readProject({ ...options, config: "keywright.yaml" })).rejects.toMatchObject({
    code: "CONFIG_MISSING",
    message: "there is no keywright.yaml at main",
  });
  await expect(readProject({ ...options, configRef: "gone" })).rejects.toMatchObject({
    code: "SOURCE_REF_UNKNOWN",
  });
  const { repo: _, ...without } = options;
  await expect(readProject(without)).rejects.toMatchObject({ code: "USAGE" });
});
