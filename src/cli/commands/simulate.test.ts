import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SimulationReport } from "../../simulation/simulation-report.ts";
import { aHost } from "../a-host.fixture.ts";
import { runCli } from "../run-cli.ts";

const CONFIG = `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/*.yaml"]
store: { driver: keywright, url: "https://127.0.0.1:1", credential: { env: NO_SUCH_VARIABLE } }
sinks:
  local: { driver: file, directory: secrets }
  sealed:
    driver: file
    directory: sealed
    recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]
ledger: { driver: file, directory: ledger }
guards: { maxRevocations: 1, protectedKeys: [k1] }
`;

const manifest = (name: string, sinks = ["local"]): string => `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: ${name} }
spec:
  roles: [READ_ONLY]
  expires: { after: 90d }
  rotation: { at: 66%, overlap: 24h }
  deliverTo: [${sinks.map((sink) => `{ sink: ${sink}, path: ${name} }`).join(", ")}]
`;

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "keywright-simulate-"));
  await write({
    "keywright.yaml": CONFIG,
    "keys/k1.yaml": manifest("k1"),
    "keys/k2.yaml": manifest("k2", ["local", "sealed"]),
  });
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(cwd, dirname(name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
}

async function simulate(...args: readonly string[]) {
  const host = aHost({ cwd });
  return { code: await runCli(["simulate", ...args], host), ...host.printed };
}

const reportOf = (out: string): SimulationReport => JSON.parse(out) as SimulationReport;

test("it needs no store, no credential, no sink and no ledger, and makes none of them", async () => {
  const { code, out, err } = await simulate("--seeds", "20");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("No invariant was broken.");
  expect(out).toMatch(/^20 schedules over 2 keys: \d+ runs, \d+ crash/);
  expect((await readdir(cwd)).sort()).toEqual(["keys", "keywright.yaml"]);
});

test("every invariant is in the table with the times that it was checked", async () => {
  const { out } = await simulate("--seeds", "60", "--format", "json");
  const { invariants, faults, seeds, runs } = reportOf(out);
  expect(seeds).toBe(60);
  expect(runs).toBeGreaterThan(60);
  expect(faults.length).toBeGreaterThan(10);
  expect(invariants.filter(({ checks }) => checks === 0)).toEqual([]);
  expect(invariants.filter(({ breaches }) => breaches > 0)).toEqual([]);
});

test.each(["keywright", "cortex", "cortex-cloud"])("--store %s: simulated to the same end", async (store) => {
  expect(await simulate("--seeds", "20", "--store", store)).toMatchObject({ code: 0 });
});

test("the simulated store behaves like the one that is configured", async () => {
  await write({ "keywright.yaml": CONFIG.replace("driver: keywright,", "driver: cortex-cloud, keyId: 1,") });
  await write({ "keys/k1.yaml": manifest("k1").replace("90d", "200d") });
  const { code, out, err } = await simulate("--seeds", "5");
  expect(code).toBe(0);
  expect(out).toContain("over 1 key:");
  expect(err).toContain("keys of this store live 180 days at most");
  expect((await simulate("--seeds", "5", "--store", "keywright")).out).toContain("over 2 keys:");
});

const advanced = (name: string): string =>
  manifest(name).replace("spec:", "spec:\n  securityLevel: advanced");

test("where the store can be given none of the keys, it says why", async () => {
  await write({ "keys/k1.yaml": advanced("k1"), "keys/k2.yaml": advanced("k2") });
  const { code, err } = await simulate("--seeds", "5", "--store", "cortex");
  expect(code).toBe(1);
  expect(err).toContain("SECURITY_LEVEL_UNSUPPORTED");
});

test("the same seed gives the same report", async () => {
  const once = await simulate("--seed", "7", "--format", "json");
  expect(await simulate("--seed", "7", "--format", "json")).toEqual(once);
  expect(reportOf(once.out)).toMatchObject({ seeds: 1 });
});

test("of many keys a few are simulated at once, and the report says how many in all", async () => {
  const files = Array.from(
    { length: 40 },
    (_, index) => [`keys/m${index}.yaml`, manifest(`m${index}`)] as const,
  );
  await write(Object.fromEntries(files));
  const { keys } = reportOf((await simulate("--seeds", "3", "--format", "json")).out);
  expect(keys.declared).toBe(42);
  expect(keys.simulated).toBeGreaterThan(5);
  expect(keys.simulated).toBeLessThanOrEqual(15);
});

test("manifests with a fault are told of as everywhere", async () => {
  await write({ "keys/k1.yaml": manifest("k1").replace("READ_ONLY", "NO SUCH ROLE") });
  const { code, err } = await simulate();
  expect(code).toBe(1);
  expect(err).toContain("keys/k1.yaml:5");
});

test.each([
  [["--seeds", "0"], "--seeds 0 is no whole number from 1 up"],
  [["--seeds", "many"], "--seeds many is no whole number from 1 up"],
  [["--seed", "-1"], "--seed -1 is no whole number from 0 up"],
  [["--replay", "nothing.json"], "nothing.json cannot be read"],
  [["--replay", "keywright.yaml"], "keywright.yaml is not JSON"],
  [["--replay", "."], ". cannot be read"],
])("%j: refused with what to do", async (args, message) => {
  const { code, err } = await simulate(...args);
  expect(code).toBe(1);
  expect(err).toContain(message);
});

test("manifests without a key are nothing to simulate", async () => {
  await rm(join(cwd, "keys"), { recursive: true });
  const { code, err } = await simulate();
  expect(code).toBe(1);
  expect(err).toMatch(/nothing to simulate|NO_MANIFESTS|no file/);
});

test("a file that was changed after it was written is not replayed", async () => {
  await write({
    "s.json": JSON.stringify({ kind: "Schedule", schedule: { version: 2 }, digest: "sha256:0" }),
  });
  expect((await simulate("--replay", "s.json")).err).toContain("was changed after it was written");
  expect(await readFile(join(cwd, "s.json"), "utf8")).toContain("Schedule");
});
