import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aKeyManifest, createProject } from "./project.fixture.ts";
import { GOOD, liveKeys, standings } from "./store.fixture.ts";

const TWO_KEYS = {
  "keys/scanner.yaml": aKeyManifest("scanner"),
  "keys/sync.yaml": aKeyManifest("sync", "roles: [USER]"),
};

test("the whole way: commit, validate, plan, apply, and then nothing is left to do", async () => {
  const project = await createProject(TWO_KEYS);
  const commit = await project.commit("Declare two keys");
  const validated = await project.run(["validate", "--ref", "main"]);
  expect(validated).toMatchObject({ code: 0, err: "" });
  expect(validated.out).toBe(`Valid: 2 keys (commit ${commit.slice(0, 12)})\n`);

  expect(await project.run(["plan", "--ref", "main", "--exit-code"])).toMatchObject({ code: 2 });
  const planned = await project.run(["plan", "--ref", "main", "--out", "plan.json"]);
  expect(planned.code).toBe(0);
  expect(planned.out).toContain("Plan: 2 to create, 0 to rotate, 0 to update, 0 to revoke.");
  expect(planned.err).toContain("keywright apply plan.json --ref main\n");
  expect((await project.secrets()).size).toBe(0);

  const applied = await project.run(["apply", "--ref", "main", "plan.json"]);
  expect(applied.code).toBe(0);
  expect(applied.out).toContain("Applied: 2 applied.");
  expect([...(await project.secrets()).keys()].toSorted()).toEqual(["ci/scanner", "ci/sync"]);
  expect(await standings(project)).toEqual(
    new Map([
      ["scanner", GOOD],
      ["sync", GOOD],
    ]),
  );
  const { mode } = await stat(join(project.directory, ".keywright/secrets/ci/scanner"));
  expect(mode & 0o777).toBe(0o600);
  expect(await project.pending()).toEqual([]);

  const ledger = await project.read(".keywright/ledger/ledger.jsonl");
  const keys = await liveKeys(project);
  const again = await project.run(["plan", "--ref", "main", "--exit-code"]);
  expect(again.code).toBe(0);
  expect(again.out).toContain("No changes: 2 keys are as declared.");
  const nothing = await project.run(["apply", "--ref", "main", "--yes"]);
  expect(nothing).toMatchObject({ code: 0, out: "No changes: the store is as declared.\n" });
  expect(await liveKeys(project)).toEqual(keys);
  expect(await project.read(".keywright/ledger/ledger.jsonl")).toBe(ledger);
  expect(await project.leaks()).toEqual([]);
});

test("an apply is told by status and by the runs", async () => {
  const project = await createProject(TWO_KEYS);
  const commit = await project.commit();
  await project.run(["apply", "--ref", "main", "--yes"]);

  const status = await project.run(["status", "--ref", "main"]);
  expect(status.code).toBe(0);
  expect(status.out.replaceAll(/\s+/g, " ")).toMatch(
    / scanner active READ_ONLY .* in 89 days .*local: path=ci\/scanner \(good, generation 1, written [^)]+ ago\) /,
  );
  expect(status.out).toContain("2 keys: 2 active");
  const standing = JSON.parse((await project.run(["status", "--format", "json"])).out) as unknown;
  expect(JSON.stringify(standing)).toContain('"name":"scanner","state":"active"');

  const listed = await project.run(["runs", "list"]);
  const [, row = ""] = listed.out.split("\n");
  const id = row.split(/\s/)[0] ?? "";
  expect(row).toMatch(new RegExp(`^\\d{8}T\\d{6}Z-\\S+ .* applied +2/2 +${commit.slice(0, 12)}$`));
  const shown = await project.run(["runs", "show", id.slice(0, -2), "--format", "json"]);
  expect(JSON.parse(shown.out)).toMatchObject({
    kind: "Run",
    id,
    commit,
    result: "applied",
    counts: { applied: 2 },
  });
  expect((await project.run(["runs", "show"])).out).toContain(`Run ${id}`);
  expect(await project.run(["runs", "show", "nope"])).toMatchObject({ code: 1, out: "" });
  expect(await project.leaks()).toEqual([]);
});

test("a plan comes as text, JSON, Markdown and SARIF", async () => {
  const project = await createProject(TWO_KEYS);
  const formats = await Promise.all(
    ["json", "markdown", "sarif"].map((format) => project.run(["plan", "--format", format])),
  );
  const [json, markdown, sarif] = formats.map(({ code, out }) => (code === 0 ? out : ""));
  expect(JSON.parse(json ?? "")).toMatchObject({ kind: "Plan", instance: "acme", counts: { create: 2 } });
  expect(markdown).toContain("**Plan: 2 to create, 0 to rotate, 0 to update, 0 to revoke.**");
  expect(JSON.parse(sarif ?? "")).toMatchObject({ version: "2.1.0" });
});

test("a new role rotates the key: the new value is delivered, the old one stays valid for the overlap", async () => {
  const project = await createProject(TWO_KEYS);
  await project.commit();
  await project.run(["apply", "--ref", "main", "--yes"]);
  const before = await project.secrets();
  await project.write({ "keys/scanner.yaml": aKeyManifest("scanner", "roles: [USER]") });
  await project.commit("Let the scanner verify");

  const planned = await project.run(["plan", "--ref", "main"]);
  expect(planned.out).toContain("roles change from READ_ONLY to USER");
  expect(await project.run(["apply", "--ref", "main", "--yes"])).toMatchObject({ code: 0 });
  const after = await project.secrets();
  expect(after.get("ci/scanner")).not.toBe(before.get("ci/scanner"));
  expect(after.get("ci/sync")).toBe(before.get("ci/sync"));
  expect((await standings(project)).get("scanner")).toEqual({ live: 2, active: 2, isServed: true });
  expect((await project.run(["status"])).out).toMatch(/^scanner +overlapping +USER/m);
  expect(await project.run(["plan", "--ref", "main", "--exit-code"])).toMatchObject({ code: 0 });
  for (const value of before.values()) project.watch(value);
  expect(await project.leaks()).toEqual([]);
});

test("a manifest that is gone revokes its key and takes its secret out of the sink", async () => {
  const project = await createProject(TWO_KEYS);
  await project.run(["apply", "--yes"]);
  await project.write({ "keys/sync.yaml": null });
  const planned = await project.run(["plan"]);
  expect(planned.out).toContain("Plan: 0 to create, 0 to rotate, 0 to update, 1 to revoke.");
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect([...(await project.secrets()).keys()]).toEqual(["ci/scanner"]);
  expect([...(await standings(project)).keys()]).toEqual(["scanner"]);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  expect(await project.leaks()).toEqual([]);
});
