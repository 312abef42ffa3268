import { spawnSync } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { diagnoseProject } from "./diagnose-project.ts";
import { readProject } from "./read-project.ts";

const CONFIG = `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/*.yaml"]
store: { driver: embedded, directory: store }
sinks: { local: { driver: file, directory: out } }
notify: [{ driver: slack, webhook: { file: hook }, events: [drift] }]
`;

test("a channel's credential that nobody ever gives is not waited for", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "keywright-diagnose-"));
  const hook = join(cwd, "hook");
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, "keywright.yaml"), CONFIG);
  expect(spawnSync("mkfifo", [hook]).status).toBe(0);
  const late: string[] = [];
  const project = await readProject({ cwd, env: {}, logger: pino({ enabled: false }) });
  const { checks } = await diagnoseProject(async () => project, {
    nodeVersion: process.version,
    limitMs: 200,
    signal: new AbortController().signal,
    onLate: () => void late.push("late"),
    onPart: () => () => undefined,
  });
  // Whoever opens both ends of a pipe lets the reader go.
  await (await open(hook, "r+")).close();
  expect(checks.find(({ name }) => name === "notify slack")).toMatchObject({
    status: "warning",
    message: "people are not told by it: no answer within 0.2 s",
  });
  expect(late).not.toEqual([]);
});
