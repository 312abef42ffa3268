/** The figures of a daemon over a world in memory: bounded, and nothing in them that people or stores wrote but names. */

import { expect, test } from "vitest";
import { DEFAULT_DRIFT_POLICY } from "../../src/core/drift/finding.ts";
import { createFigures, MOST_KEYS_TOLD } from "../../src/daemon/figures.ts";
import { checkDrift } from "../../src/reconcile/check-drift.ts";
import { aKey, createUniverse } from "../reconcile/memory-world.fixture.ts";

test("figures tell classes, states and the keys that expire first, and no message, id or holder", async () => {
  const universe = createUniverse("figures");
  universe.declare(...Array.from({ length: MOST_KEYS_TOLD + 5 }, (_, index) => aKey(`key-${index}`)));
  await universe.boot().run();
  const hostile = 'x"}\n# HELP evil';
  universe.store.makeByHand({ displayName: hostile });
  const figures = createFigures();
  const look = await checkDrift(universe.boot().world, { policy: DEFAULT_DRIFT_POLICY });
  const check = { at: "2026-11-21T08:00:00.000Z", by: hostile, result: "drift", findings: 1 } as const;
  const outcome = { check, look, durationMs: 1500, unsent: 2 };
  figures.noteCheck({ ...outcome, error: { code: "GUARD_REFUSED", message: hostile } });
  const page = await figures.render();
  expect(page).toContain('keywright_findings{class="foreign",response="report"} 1\n');
  expect(page).toContain('keywright_findings{class="missing",response="fix"} 0\n');
  expect(page).toContain(`keywright_keys{state="active"} ${MOST_KEYS_TOLD + 5}\n`);
  expect(page).toContain('keywright_check_errors_total{code="GUARD_REFUSED"} 1\n');
  expect(page).toContain("keywright_notices_unsent_total 2\n");
  expect(page).toContain("keywright_check_duration_seconds_sum 1.5\n");
  expect(page.match(/^keywright_key_expiry_timestamp_seconds\{/gm)).toHaveLength(MOST_KEYS_TOLD);
  expect(page).not.toContain("evil");
  // What is over is told no more.
  universe.declare(aKey("key-0"));
  figures.noteCheck({
    ...outcome,
    look: await checkDrift(universe.boot().world, { policy: DEFAULT_DRIFT_POLICY }),
  });
  expect(await figures.render()).toContain(`keywright_keys{state="undeclared"} ${MOST_KEYS_TOLD + 4}\n`);
});
