/** What keeps an apply waiting does not keep it from ending when it is asked to. */

import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Result } from "../e2e/project.fixture.ts";
import { applyUntil, expectConvergence, isChange, lastRun, openApplyScene } from "./apply-scene.fixture.ts";
import { serveTrialStore, type TrialStore } from "./trial-store.fixture.ts";

const KEYS = 6;

// Several starts of the command line each: long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let store: TrialStore;
beforeAll(async () => {
  store = await serveTrialStore();
});
afterAll(() => store.close());

test.each([1, 4])(
  "a store that falls silent at request %i: the keys at hand are of unknown outcome, the rest is not run",
  async (number) => {
    const scene = await openApplyScene(store, KEYS);
    const turn = { number, when: "before", fault: "black hole" } as const;
    const stopped = await applyUntil(scene, turn, (child) => child.kill("SIGTERM"));
    const { counts } = await lastRun(scene);
    expect([1, 4]).toContain(stopped.code);
    // Not by the client's own limit, which is much later.
    expect(stopped.out).toContain("gave no answer before this run had to end");
    expect(counts.unknown).toBeGreaterThan(0);
    expect(counts["not-run"]).toBeGreaterThan(0);
    expect(counts.applied + counts.failed + counts.unknown + counts["not-run"]).toBe(KEYS);
    expect(stopped.out).toContain(`${counts.unknown} unknown`);
    expect(stopped.out).toContain(`${counts["not-run"]} not run`);
    await expectConvergence(scene);
  },
);

test.each(["/v1/store", "/v1/keys", "/v1/roles"])(
  "a store that is silent when %s is read does not keep an apply",
  async (path) => {
    const scene = await openApplyScene(store, KEYS);
    let child: ChildProcess | undefined;
    scene.proxy.behave({
      decide: (request) => (request.path.startsWith(path) ? "black hole" : "forward"),
      before: (request) => {
        if (request.path.startsWith(path)) child?.kill("SIGINT");
      },
    });
    const stopped = await scene.apply({ onStart: (started) => (child = started) });
    expect(stopped).toMatchObject({ code: 1, out: "" });
    expect(stopped.err).toContain("INTERRUPTED  Stopped while reading the key store.");
    expect(scene.proxy.requests.filter(isChange)).toEqual([]);
    scene.proxy.behave({});
    await expectConvergence(scene);
  },
);

test("an apply that waits for another one ends at once, and the other goes on", async () => {
  const scene = await openApplyScene(store, KEYS);
  let waiting: Promise<Result> | undefined;
  scene.proxy.behave({
    // The first apply holds the lease until the second has ended.
    before: async (request) => {
      if (!isChange(request)) return;
      waiting ??= scene.project.run(["apply", "--yes", "--wait", "5m"], {
        env: { STORE_TOKEN: store.token },
        onErr: (text, child) => {
          if (text.includes("waiting: another apply is under way")) child.kill("SIGTERM");
        },
      });
      await waiting;
    },
  });
  const applied = await scene.apply();
  const waited = await waiting;
  expect(waited).toMatchObject({ code: 1, signal: null });
  expect(waited?.err).toMatch(/INTERRUPTED {2}.*another apply/);
  expect(waited?.err).not.toContain("keys at hand");
  expect(applied).toMatchObject({ code: 0 });
  await expectConvergence(scene);
});
