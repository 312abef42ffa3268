/** What an apply says and leaves when the world fails it on the way, and that the next apply mends it. */

import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { expectConvergence, isChange, lastRun, openApplyScene } from "./apply-scene.fixture.ts";
import { type OwnTrialStore, serveTrialStore } from "./trial-store.fixture.ts";

const KEYS = 14;

// Several starts of the command line each: long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let store: OwnTrialStore;
beforeAll(async () => {
  store = await serveTrialStore();
});
afterAll(() => store.close());

test("a credential that is revoked in the middle ends the run: no further key is begun", async () => {
  const scene = await openApplyScene(store, KEYS);
  const own = await store.makeAdministrator();
  scene.project.watch(own.value);
  scene.proxy.behave({
    before: async () => {
      if (scene.proxy.requests.filter(isChange).length === 5) await store.revoke(own.id);
    },
  });
  const stopped = await scene.apply({ env: { STORE_TOKEN: own.value } });
  scene.proxy.behave({});
  expect(stopped.code).toBe(4);
  expect(stopped.out).toContain("The store does not accept the credential.");
  expect(stopped.out).toContain("Check store.credential");
  const { result, counts, changes } = await lastRun(scene);
  expect(result).toBe("partly-applied");
  expect(counts.applied).toBeGreaterThan(0);
  // Those at hand have failed; the others were not begun, and the store not asked again and again.
  expect(counts.failed).toBeLessThanOrEqual(2);
  expect(counts["not-run"]).toBe(KEYS - counts.applied - counts.failed);
  expect(new Set(changes.flatMap(({ error }) => error?.code ?? []))).toEqual(new Set(["STORE_UNAUTHORIZED"]));
  expect(changes.map(({ message }) => message)).toContain("the store does not accept the credential");
  await expectConvergence(scene);
});

test("a login page in the store's place is named, and asked about no more than ten keys", async () => {
  const scene = await openApplyScene(store, KEYS);
  scene.proxy.behave({ decide: (request) => (isChange(request) ? "wrong type" : "forward") });
  const stopped = await scene.apply();
  scene.proxy.behave({});
  expect(stopped.code).toBe(1);
  expect(stopped.out).toContain("STORE_CONTRACT");
  expect(stopped.out).toContain("no proxy or login page");
  expect(stopped.out).toContain("the store gave no usable answer 10 times in a row");
  const { counts } = await lastRun(scene);
  expect(counts["not-run"]).toBeGreaterThanOrEqual(KEYS - 11);
  await expectConvergence(scene);
});

const canMount = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
if (!canMount) console.warn("SKIPPED: a full disk cannot be made here (it needs root and unshare)");

test.skipIf(!canMount)(
  "a ledger on a disk that fills up: what cannot be announced is not done, and nothing is lost",
  async () => {
    const scene = await openApplyScene(store, KEYS);
    const ledger = join(scene.project.directory, ".keywright/ledger");
    const kept = `${scene.project.directory}/kept`;
    await mkdir(kept);
    // The disk goes with the command's own namespace; what was on it is kept.
    const script = [
      `mount -t tmpfs -o size=16k,mode=0700 tmpfs ${ledger}`,
      `trap 'cp -a ${ledger}/. ${kept}' EXIT`,
      '"$@"',
    ];
    const through = ["unshare", "--mount", "sh", "-c", script.join(" && "), "sh"];
    const broken = await scene.apply({ env: { STORE_TOKEN: store.token }, through });
    expect([1, 4]).toContain(broken.code);
    expect(broken.out + broken.err).toContain("LEDGER_UNUSABLE");
    expect(broken.out + broken.err).toContain("free some space");
    spawnSync("cp", ["-a", `${kept}/.`, ledger]);
    spawnSync("rm", ["-rf", kept]);
    await expectConvergence(scene);
  },
);
