import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Lease } from "../../src/core/ports.ts";
import { openFileLedger } from "../../src/ledger/file-ledger.ts";
import { aKeyManifest, createProject, manyKeys, type Project } from "./project.fixture.ts";
import { GOOD, liveKeys, standings } from "./store.fixture.ts";

/** Holds the ledger as an apply elsewhere would. */
async function holdLease({ directory }: Project): Promise<Lease> {
  const ledger = openFileLedger({
    directory: join(directory, ".keywright/ledger"),
    instance: "acme",
    clock: { now: () => new Date() },
  });
  onTestFinished(() => ledger.close());
  return ledger.lease({ run: "run-1", description: "ann@laptop pid 7" }, 0);
}

const minted = (ledger: string): number =>
  ledger.split("\n").filter((line) => line.includes('"outcome"') && line.includes('"create-key"')).length;

test("while another apply holds the ledger, an apply stops and names it; reading goes on", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const lease = await holdLease(project);
  const { code, err } = await project.run(["apply", "--yes"]);
  expect(code).toBe(1);
  expect(err).toContain("LEASE_HELD  another apply is under way: run run-1 (ann@laptop pid 7) since 20");
  expect(err).toContain("hint: wait until it has finished");
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 2 });
  expect(await liveKeys(project)).toEqual([]);
  await lease.release();
});

test("--wait waits until the other apply has ended", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const lease = await holdLease(project);
  let isAsked = false;
  const { code } = await project.run(["apply", "--yes", "--wait", "1m"], {
    onOut: (text) => {
      if (isAsked || !text.includes("Plan: 1 to create")) return;
      isAsked = true;
      void lease.release();
    },
  });
  expect(isAsked).toBe(true);
  expect(code).toBe(0);
  expect(await standings(project)).toEqual(new Map([["scanner", GOOD]]));
});

test("of two applies at once one stops with a clear message, and nothing is minted twice", async () => {
  const project = await createProject(manyKeys(24));
  const results = await Promise.all([project.run(["apply", "--yes"]), project.run(["apply", "--yes"])]);
  expect(results.map(({ code }) => code)).toContain(0);
  // The slower one finds the ledger held, or comes so late that all is done: its plan is stale, or empty.
  const late = results.filter(({ out, err }) => /LEASE_HELD|PLAN_STALE|No changes/.test(err + out));
  expect(late).toHaveLength(1);
  const found = await standings(project);
  expect(found.size).toBe(24);
  for (const standing of found.values()) expect(standing).toEqual(GOOD);
  expect(minted(await project.read(".keywright/ledger/ledger.jsonl"))).toBe(24);
  expect(await project.leaks()).toEqual([]);
});
