/** The built command line with its ledger in PostgreSQL. */

import { expect, onTestFinished, test } from "vitest";
import { createPostgresPlace, type PostgresPlace } from "../../src/ledger/postgres-ledger.fixture.ts";
import {
  aKeyManifest,
  CONFIG,
  createProject,
  manyKeys,
  type Project,
  type Result,
} from "./project.fixture.ts";
import { GOOD, standings } from "./store.fixture.ts";

const ON_POSTGRES = CONFIG.replace(
  /^ledger: .*$/m,
  "ledger: { driver: postgres, url: { env: KEYWRIGHT_LEDGER_URL } }",
);

interface PostgresProject extends Project {
  readonly place: PostgresPlace;
  /** With the address in the environment. */
  keywright(args: readonly string[], options?: Parameters<Project["run"]>[1]): Promise<Result>;
}

async function createPostgresProject(files: Readonly<Record<string, string>>): Promise<PostgresProject> {
  const place = await createPostgresPlace();
  onTestFinished(() => place.drop());
  const project = await createProject({ ...files, "keywright.yaml": ON_POSTGRES });
  project.watch(new URL(place.url.reveal()).password);
  const env = { KEYWRIGHT_LEDGER_URL: place.url.reveal() };
  return { ...project, place, keywright: (args, options) => project.run(args, { env, ...options }) };
}

test("a plan makes no tables, and the ledger is empty", async () => {
  const project = await createPostgresProject(manyKeys(3));
  expect(await project.keywright(["plan", "--exit-code"])).toMatchObject({ code: 2 });
  expect(await project.keywright(["ledger", "verify"])).toMatchObject({
    code: 0,
    out: "The postgres ledger of acme is empty\n",
  });
  const tables = "select 1 from pg_tables where schemaname = current_schema()";
  expect(await project.place.query(tables)).toEqual([]);
});

test("an apply records its run, and the next plan is empty", async () => {
  const project = await createPostgresProject(manyKeys(3));
  const applied = await project.keywright(["apply", "--yes"]);
  expect(applied.code, applied.err).toBe(0);
  expect(await project.keywright(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  expect((await project.keywright(["runs", "list"])).out).toContain("3/3");
  expect([...(await standings(project)).values()]).toEqual([GOOD, GOOD, GOOD]);
  expect(await project.leaks()).toEqual([]);
});

test("a ledger is verified by its head, and a changed line is named", async () => {
  const project = await createPostgresProject(manyKeys(3));
  await project.keywright(["apply", "--yes"]);
  const json = await project.keywright(["ledger", "verify", "--format", "json"]);
  const summary = JSON.parse(json.out) as { head: { sequence: number; hash: string } };
  expect(summary).toMatchObject({ instance: "acme", driver: "postgres", runs: 1, keys: 3, openIntents: [] });
  const head = `${summary.head.sequence}:${summary.head.hash}`;
  expect(await project.keywright(["ledger", "verify", "--head", head])).toMatchObject({ code: 0 });
  await project.place.query("update keywright_ledger_lines set line = replace(line, 'key-2', 'key-9')");
  const broken = await project.keywright(["ledger", "verify"]);
  expect(broken.code).toBe(1);
  expect(broken.err).toMatch(/LEDGER_CORRUPT .*\/acme:\d+: its content and its hash disagree/);
});

test("of two applies at once one stops and names the other, and nothing is minted twice", async () => {
  const project = await createPostgresProject(manyKeys(24));
  const results = await Promise.all([
    project.keywright(["apply", "--yes"]),
    project.keywright(["apply", "--yes"]),
  ]);
  const [first, second] = results.toSorted((a, b) => (a.code ?? 9) - (b.code ?? 9));
  expect(first?.code, first?.err).toBe(0);
  expect(second?.err + (second?.out ?? "")).toMatch(/LEASE_HELD|PLAN_STALE|No changes/);
  const found = await standings(project);
  expect(found.size).toBe(24);
  for (const standing of found.values()) expect(standing).toEqual(GOOD);
  const sql = `select 1 from keywright_ledger_lines
    where line like '%"type":"outcome"%' and line like '%"effect":"create-key"%'`;
  expect(await project.place.query(sql)).toHaveLength(24);
  expect(await project.leaks()).toEqual([]);
});

test("SIGKILL in the middle of an apply: its lease is named until it runs out, and then all converges", async () => {
  const project = await createPostgresProject(manyKeys(12));
  await project.write({ "keywright.yaml": `${ON_POSTGRES}concurrency: 2\n` });
  const killed = await project.keywright(["apply", "--yes"], {
    env: { KEYWRIGHT_LEDGER_URL: project.place.url.reveal() },
    onErr: (text, child) => {
      if (text.split(": applied").length > 3) child.kill("SIGKILL");
    },
  });
  expect(killed.signal).toBe("SIGKILL");
  const held = await project.keywright(["apply", "--yes"]);
  expect(held.code).toBe(1);
  expect(held.err).toMatch(/LEASE_HELD {2}another apply is under way: run \S+ \(.*\) since \S+, until 20/);
  expect(held.err).toContain("hint: wait until it has finished; if its process is gone");
  const open = await project.keywright(["ledger", "verify"]);
  expect(open.code).toBe(0);
  expect(open.out).toContain("may have been carried out");
  await project.place.query("update keywright_ledger_heads set lease_until = now()");
  const again = await project.keywright(["apply", "--yes"]);
  expect(again.code, again.err).toBe(0);
  const found = await standings(project);
  expect(found.size).toBe(12);
  for (const standing of found.values()) expect(standing).toEqual(GOOD);
  expect(await project.pending()).toEqual([]);
  expect(await project.keywright(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  expect(await project.leaks()).toEqual([]);
}, 60_000);

test("S5: an address that is missing, unfit or wrong is told without its password, and nothing is minted", async () => {
  const project = await createPostgresProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const missing = await project.run(["apply", "--yes"]);
  expect(missing.code).toBe(1);
  expect(missing.err).toContain(
    "CREDENTIAL_MISSING  the environment variable KEYWRIGHT_LEDGER_URL is not there",
  );
  const wrong = "CanaryOfThePassword1";
  project.watch(wrong);
  const url = new URL(project.place.url.reveal());
  url.password = wrong;
  const unfit = `postgres://me:${wrong}@db.example.com/keys`;
  const formats = ["text", "json"];
  for (const [value, reason] of [
    [url.href, "password authentication failed"],
    [unfit, "asks for no TLS that is checked to db.example.com"],
    [`postgres://me:/${wrong}@localhost/keys`, "is not percent-encoded"],
  ] as const) {
    const env = { KEYWRIGHT_LEDGER_URL: value };
    const args = ["--verbose", "apply", "--yes"];
    const results = formats.map((format) => project.run(["--log-format", format, ...args], { env }));
    for (const { code, err } of await Promise.all(results)) {
      expect(code).toBe(1);
      expect(err).toContain("LEDGER_UNUSABLE");
      expect(err).toContain(reason);
    }
  }
  expect(await project.secrets()).toEqual(new Map());
  expect(await project.leaks()).toEqual([]);
});
