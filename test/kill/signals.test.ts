/** SIGINT and SIGTERM at the real command line, at chosen requests to a real store. */

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { applyUntil, expectConvergence, lastRun, openApplyScene } from "./apply-scene.fixture.ts";
import { serveTrialStore, type TrialStore } from "./trial-store.fixture.ts";

const KEYS = 4;

// Several starts of the command line each: long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let store: TrialStore;
beforeAll(async () => {
  store = await serveTrialStore();
});
afterAll(() => store.close());

/** Each key takes two requests: to be made, and to be tried. */
const MOMENTS = Array.from({ length: 2 * KEYS }, (_, i) => ({
  number: i + 1,
  when: i % 3 === 0 ? ("after" as const) : ("before" as const),
  signal: i % 2 === 0 ? ("SIGINT" as const) : ("SIGTERM" as const),
}));

test.each(MOMENTS)(
  "$signal $when request $number ends the keys at hand, says what was not run, and the next apply does it",
  async ({ signal, ...turn }) => {
    const scene = await openApplyScene(store, KEYS);
    const stopped = await applyUntil(scene, turn, (child) => child.kill(signal));
    const { result, counts } = await lastRun(scene);
    expect(counts).toMatchObject({ failed: 0, unknown: 0 });
    expect(counts.applied + counts["not-run"]).toBe(KEYS);
    expect(stopped.out).toContain(`${counts.applied} applied`);
    // The last two keys are at hand together: then nothing is left out.
    const isLeftOut = counts["not-run"] > 0;
    expect([stopped.code, result]).toEqual(isLeftOut ? [4, "interrupted"] : [0, "applied"]);
    expect(stopped.out.includes(`${counts["not-run"]} not run`)).toBe(isLeftOut);
    expect(stopped.err).toContain("ending after the keys at hand; a second signal ends at once");
    expect((await scene.project.secrets()).size).toBe(counts.applied);
    expect(await scene.project.pending()).toEqual([]);
    await expectConvergence(scene);
  },
);

test.each([1, 2, 5, 8])(
  "two signals at request %i end at once, whatever is at hand, and the next apply converges",
  async (number) => {
    const scene = await openApplyScene(store, KEYS);
    // Where the store is silent, the process cannot come to its end between the two.
    const turn =
      number % 2
        ? ({ number, when: "before", fault: "black hole" } as const)
        : ({ number, when: "after" } as const);
    const stopped = await applyUntil(scene, turn, (child) => {
      child.kill("SIGINT");
      child.kill("SIGTERM");
    });
    expect([130, 143]).toContain(stopped.code);
    await expectConvergence(scene);
  },
);
