import { expect, test } from "vitest";
import { aKeyManifest, createProject, type Project } from "./project.fixture.ts";

const LEDGER = ".keywright/ledger/ledger.jsonl";

async function appliedProject(): Promise<Project> {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  return project;
}

async function headOf(project: Project): Promise<string> {
  const { out } = await project.run(["ledger", "verify", "--format", "json"]);
  const { head } = JSON.parse(out) as { head: { sequence: number; hash: string } };
  return `${head.sequence}:${head.hash}`;
}

test("an untouched ledger is summed up, and contains every head it ever had", async () => {
  const project = await appliedProject();
  const first = await headOf(project);
  const verified = await project.run(["ledger", "verify"]);
  expect(verified).toMatchObject({ code: 0, err: "" });
  expect(verified.out).toMatch(/^The file ledger of acme is whole\n/);
  expect(verified.out).toMatch(/ {2}runs +1\n {2}keys +1\n/);
  expect(verified.out).toContain(first);
  expect(verified.out).not.toMatch(/without an outcome|carried out/);
  await project.write({ "keys/sync.yaml": aKeyManifest("sync") });
  await project.run(["apply", "--yes"]);
  expect(await project.run(["ledger", "verify", "--head", first])).toMatchObject({ code: 0, err: "" });
  expect(await headOf(project)).not.toBe(first);
  expect(await project.leaks()).toEqual([]);
});

test("before the first apply there is nothing to verify, and nothing is made", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  expect(await project.run(["ledger", "verify"])).toMatchObject({
    code: 0,
    out: "The file ledger of acme is empty\n",
  });
  await expect(project.read(LEDGER)).rejects.toThrow("ENOENT");
});

test("a changed byte, a removed line and a ledger of another instance fail with the place", async () => {
  const project = await appliedProject();
  const text = await project.read(LEDGER);
  const lines = text.split("\n");
  const harms: readonly (readonly [string, string])[] = [
    [lines.with(2, (lines[2] ?? "").replace('"run"', '"ruN"')).join("\n"), "ledger.jsonl:3: "],
    [lines.toSpliced(3, 1).join("\n"), "ledger.jsonl:4: "],
  ];
  for (const [harmed, place] of harms) {
    await project.write({ [LEDGER]: harmed });
    const { code, out, err } = await project.run(["ledger", "verify"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("LEDGER_CORRUPT");
    expect(err).toContain(place);
  }
  await project.write({ [LEDGER]: text });
  const config = (await project.read("keywright.yaml")).replace("instance: acme", "instance: other");
  await project.write({ "keywright.yaml": config });
  const foreign = await project.run(["ledger", "verify", "--log-format", "json"]);
  expect(foreign.code).toBe(1);
  expect(JSON.parse(foreign.err)).toMatchObject({
    code: "LEDGER_CORRUPT",
    msg: expect.stringContaining("it belongs to instance acme, not other"),
  });
});

test("a tail that was cut off is only seen by who noted a head", async () => {
  const project = await appliedProject();
  const head = await headOf(project);
  const lines = (await project.read(LEDGER)).trimEnd().split("\n");
  await project.write({ [LEDGER]: `${lines.slice(0, -2).join("\n")}\n` });
  const unseen = await project.run(["ledger", "verify"]);
  expect(unseen.code).toBe(0);
  const seen = await project.run(["ledger", "verify", "--head", head]);
  expect(seen.code).toBe(1);
  expect(seen.err).toContain(`it ends with line ${lines.length - 2}, and had a line ${lines.length}`);
});
