import { afterAll, expect, test } from "vitest";
import { pullEvent, REPOSITORY, type StartingEvent } from "../../../test/action/events.fixture.ts";
import { runStepHere } from "../../../test/action/runner.fixture.ts";
import { aRepository, ENVIRONMENT } from "../../sources/repository.fixture.ts";

const CONFIG = `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/**/*.yaml"]
store: { driver: cortex, url: "https://cortex.invalid", credential: { env: CORTEX_TOKEN } }
sinks:
  github: { driver: github-actions, credential: { env: SINK_TOKEN } }
ledger: { driver: git }
`;

const aKey = (name: string, sink = "github"): string => `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: ${name} }
spec:
  roles: [READ_ONLY]
  expires: { after: 90d }
  deliverTo: [{ sink: ${sink}, repository: ${REPOSITORY}, secret: ${name.toUpperCase()} }]
`;

const repository = aRepository({ "keywright.yaml": CONFIG, "keys/a.yaml": aKey("a") });
const baseSha = repository.commit();
afterAll(() => repository.remove());

/** A pull request of a fork, with nothing that it could be told by. */
function forked(files: Readonly<Record<string, string>>, event?: string): StartingEvent {
  repository.git("checkout", "--quiet", "--detach", baseSha);
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  const headSha = repository.commit();
  const commits = { mergeSha: headSha, headSha, baseSha };
  return pullEvent({ ...commits, headRepository: "somebody/keys", ...(event !== undefined && { event }) });
}

const step = (event: StartingEvent, mode = "validate") =>
  runStepHere({
    event,
    workspace: repository.path,
    inputs: { mode },
    env: ENVIRONMENT as Record<string, string>,
  });

test("C1: a fork's pull request is validated without a secret, a token or the network", async () => {
  const files = { "keys/b.yaml": aKey("b", "elsewhere"), "keys/c.yaml": "kind: ApiKey\n" };
  const result = await step(forked(files), "plan");
  expect(result.code).toBe(1);
  expect(result.masks).toEqual([]);
  expect(result.annotations).toContainEqual({
    level: "notice",
    message: "Validated, not planned: the pull request comes from a fork.",
  });
  const places = result.annotations
    .filter(({ level }) => level === "error")
    .map(({ file, line }) => [file, line]);
  expect(places).toContainEqual(["keys/b.yaml", "7"]);
  expect(places).toContainEqual(["keys/c.yaml", "1"]);
  expect(result.summary).toContain("`keys/b.yaml:7`");
  expect(result.outputs).toEqual({ "exit-code": "1" });
});

test("manifests are validated by the configuration that comes with them", async () => {
  const event = forked({
    "keywright.yaml": CONFIG.replace(
      "  github:",
      "  elsewhere: { driver: github-actions, credential: { env: T } }\n  github:",
    ),
    "keys/b.yaml": aKey("b", "elsewhere"),
  });
  const result = await step(event);
  expect(result.code, result.shown).toBe(0);
  expect(result.summary).toContain("keywright.yaml is changed here: that takes effect after the merge.");
  const broken = await step(forked({ "keywright.yaml": CONFIG.replace("kind: Config", "kind: Confg") }));
  expect(broken.annotations).toContainEqual(
    expect.objectContaining({ level: "error", file: "keywright.yaml", line: "2" }),
  );
});

test("G9 G11: names in manifests are neither commands nor control characters of the log", async () => {
  const hostile = "x\\n::add-mask::a\\n::error::owned ##[add-mask]b \\e]52;c;eA==\\a \\u202e";
  const result = await step(
    forked({ "keys/b.yaml": aKey("b").replace("{ name: b }", `{ name: "${hostile}" }`) }),
  );
  expect(result.code).toBe(1);
  expect(result.commands.map(({ name }) => name)).toEqual(result.annotations.map(({ level }) => level));
  expect(result.masks).toEqual([]);
  // oxlint-disable-next-line no-control-regex -- They are what is looked for.
  expect(result.raw).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
});

test("C1: pull_request_target validates what is merged already, and plans nothing", async () => {
  const event = forked({ "keys/b.yaml": aKey("b", "elsewhere") }, "pull_request_target");
  expect((await step(event)).code).toBe(0);
  const planned = await step(event, "plan");
  expect(planned.code).toBe(3);
  expect(planned.annotations).toContainEqual(expect.objectContaining({ title: "EVENT_REFUSED" }));
});
