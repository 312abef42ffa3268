/** Failures that other tools had in the field, each by its name and with what comes of it here. */

import { describe, expect, test } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { HOUR_MS } from "../../src/core/duration.ts";
import { runSchedule } from "../../src/simulation/run-schedule.ts";
import { STORE_NAMES, type StoreName } from "../../src/stores/store-profile.ts";
import { TURNED } from "../../src/simulation/way.ts";
import type { Trial } from "../../src/simulation/trial.ts";
import { aKey } from "../reconcile/memory-world.fixture.ts";
import {
  aSchedule,
  happens,
  push,
  run,
  runAll,
  runsSideBySide,
  state,
  strikingEach,
  wait,
} from "./a-schedule.fixture.ts";
import { bundleSimulator } from "./bundle-simulator.ts";
import { MUTANTS } from "./mutants/all-mutants.ts";
import { openSimulator } from "./open-simulator.ts";

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `k${index}`);
const keys = (count: number): readonly DesiredKey[] => names(count).map((name) => aKey(name));
const inSinks = (...sinks: readonly string[]): Partial<DesiredKey> => ({
  deliverTo: sinks.map((sink) => ({ sink, path: "a" })),
});

/** Somebody sees in the end that the manifests are gone, and brings them back. */
const VANISHED = [run(), push(1), run(), run(), push(0), run()];

/** What broke in any of the trials, and how it came to that. */
function broken(...trials: readonly Trial[]): readonly string[] {
  if (trials.length === 0) throw new Error("nothing was tried");
  return trials.flatMap(({ breaches, trace }) =>
    breaches.map(({ invariant, message }) => `${invariant}: ${message}\n${trace.join("\n")}`),
  );
}

const requests = ({ trace }: Trial, what: string): number =>
  trace.filter((line) => line.includes(` ${what} `) && !/: [A-Z_]+$/.test(line)).length;

describe.each(STORE_NAMES)("%s", (store: StoreName) => {
  test("azapi#1110, azurerm#32230: an interrupt in the middle of creates leaves no orphan", async () => {
    const schedule = aSchedule({ store, states: [state(...keys(4))], steps: [run(), run()] });
    for (const fault of ["crash-before", "crash-after"] as const) {
      const trials = await runAll(await strikingEach(schedule, 0, undefined, fault));
      expect(broken(...trials)).toEqual([]);
      expect(trials.length).toBeGreaterThan(20);
    }
  });

  test("external-secrets#6681: no double store, and no replaced key that stays an interval too long", async () => {
    const states = [state(aKey("a")), state(aKey("a", TURNED))];
    const steps = [run(), push(1), run(), wait(25 * HOUR_MS), run()];
    const trial = await runSchedule(aSchedule({ store, states, steps }));
    expect(broken(trial)).toEqual([]);
    expect(trial.mints).toBe(2);
    expect(requests(trial, "store.revoke")).toBe(1);
  });

  test("external-secrets' rollback: a store that fails behind a create costs no key that nobody has", async () => {
    const schedule = aSchedule({ store, states: [state(aKey("a"))], steps: [run(), run(), run()] });
    for (const fault of ["lost-answer", "truncated-body", "late", "duplicate"] as const) {
      expect(
        broken(...(await runAll(await strikingEach(schedule, 0, "store.create", fault, { delay: 30 })))),
      ).toEqual([]);
    }
  });

  test("external-secrets' rollback: a sink that fails behind a create costs no key that nobody has", async () => {
    const schedule = aSchedule({ store, states: [state(aKey("a"))], steps: [run(), run()] });
    for (const fault of ["sink-full", "sink-read-only", "sink-answer-lost"] as const) {
      expect(broken(...(await runAll(await strikingEach(schedule, 0, "sink.write", fault))))).toEqual([]);
    }
  });

  test("ns1#340, rundeck#198: an update never wipes the only copy", async () => {
    const moved = aKey("a", inSinks("other"));
    const described = aKey("a", { displayName: "renamed" });
    const schedule = aSchedule({
      store,
      states: [state(aKey("a")), state(described), state(moved)],
      steps: [run(), push(1), run(), push(2), run()],
    });
    for (const step of [2, 4])
      expect(broken(...(await runAll(await strikingEach(schedule, step, undefined, "crash-after"))))).toEqual(
        [],
      );
    for (const fault of ["sink-full", "sink-read-only", "sink-answer-lost"] as const)
      expect(broken(...(await runAll(await strikingEach(schedule, 4, "sink.write", fault))))).toEqual([]);
  });

  test("argo-cd#3484: manifests that vanish, all at once, revoke nothing", async () => {
    const states = [state(...keys(3)), state()];
    const trial = await runSchedule(aSchedule({ store, states, steps: VANISHED }));
    expect(broken(trial)).toEqual([]);
    expect(requests(trial, "store.revoke")).toBe(0);
    expect(requests(trial, "sink.remove")).toBe(trial.mints);
  });

  test("argo-cd#23645: manifests that vanish, all but one, revoke no more than the budget", async () => {
    const states = [state(...keys(6)), state(aKey("k0"))];
    const trial = await runSchedule(aSchedule({ store, states, steps: VANISHED }));
    expect(broken(trial)).toEqual([]);
    expect(requests(trial, "store.revoke")).toBe(0);
  });

  test("terraform#17599: protection outlives the manifest that declared it", async () => {
    const states = [state(aKey("a", { protected: true }), aKey("b")), state(aKey("b"))];
    const trial = await runSchedule(aSchedule({ store, states, steps: VANISHED }));
    expect(broken(trial)).toEqual([]);
    expect(requests(trial, "store.revoke")).toBe(0);
  });

  test("terraform-provider-github#3069: mending a drift never leaves a slot without a working value", async () => {
    for (const act of ["delete-value", "overwrite-value"] as const) {
      const steps = [run(), happens({ act, slot: 0 }), run(), run()];
      const schedule = aSchedule({ store, states: [state(aKey("a", inSinks("one", "two")))], steps });
      const trial = await runSchedule(schedule);
      expect(broken(trial)).toEqual([]);
      expect(trial.trace.filter((line) => line.includes("sink.remove current"))).toEqual([]);
      expect(broken(...(await runAll(await strikingEach(schedule, 2, undefined, "crash-after"))))).toEqual(
        [],
      );
    }
  });

  test("a value that somebody puts into a slot in the middle of a run is not replaced by that run", async () => {
    const states = [state(aKey("a", inSinks("one", "two")))];
    const happening = { act: "overwrite-value", slot: 1 } as const;
    for (let after = 0; after < 30; after += 1) {
      const steps = [run(), happens(happening), run({ after, happening }), run()];
      const trial = await runSchedule(aSchedule({ store, states, steps }));
      expect(broken(trial)).toEqual([]);
    }
  });

  test("soleur#7067: a key is current in all of seven places, or in none", async () => {
    const sinks = ["s1", "s2", "s3", "s4", "s5", "s6", "s7"];
    const states = [
      state(aKey("a", inSinks(...sinks))),
      state(aKey("a", { ...inSinks(...sinks), ...TURNED })),
    ];
    const schedule = aSchedule({ store, states, steps: [run(), push(1), run()] });
    expect(broken(...(await runAll(await strikingEach(schedule, 2, "sink.write", "sink-full"))))).toEqual([]);
    expect(
      broken(...(await runAll(await strikingEach(schedule, 2, "sink.write", "sink-answer-lost")))),
    ).toEqual([]);
  });

  test("soleur#6443: what is settled raises no alarm, however often it is looked at", async () => {
    const steps = [run(), ...Array.from({ length: 5 }, () => [wait(HOUR_MS), run()]).flat()];
    const states = [state(aKey("a", inSinks("one", "two")), aKey("b"))];
    const trial = await runSchedule(aSchedule({ store, states, steps }));
    expect(broken(trial)).toEqual([]);
    expect(trial.mints).toBe(2);
    expect(
      trial.performed.filter(({ kind, step }) => step > 0 && /create|update|revoke|write/.test(kind)),
    ).toEqual([]);
  });

  test("atlantis#1122: a plan is not applied when the manifests moved after it was made", async () => {
    const states = [state(aKey("a")), state(aKey("a", TURNED)), state(aKey("a"))];
    const base = aSchedule({ store, states, steps: [run(), push(1)] });
    const { operations } = await runSchedule({ ...base, steps: [run()] });
    for (let after = 1; after < operations; after += 1) {
      const happening = { act: "push", state: 2 } as const;
      const trial = await runSchedule({ ...base, steps: [...base.steps, run({ after, happening })] });
      expect(broken(trial)).toEqual([]);
    }
  });

  test("quantara#417: a change whose run was dropped is applied by the next one", async () => {
    const states = [state(aKey("a")), state(aKey("a"), aKey("b"))];
    const trial = await runSchedule(
      aSchedule({ store, states, steps: [run(), push(1), runsSideBySide(3), run()] }),
    );
    expect(broken(trial)).toEqual([]);
    expect(trial.mints).toBe(2);
  });

  test("clouddrove#442: a credential that expires during an apply loses nothing", async () => {
    const states = [state(aKey("a")), state(aKey("a", TURNED), aKey("b"))];
    const schedule = aSchedule({ store, states, steps: [run(), push(1), run(), run()] });
    expect(
      broken(...(await runAll(await strikingEach(schedule, 2, "store.list", "expired-credential")))),
    ).toEqual([]);
    expect(
      broken(...(await runAll(await strikingEach(schedule, 2, "store.create", "expired-credential")))),
    ).toEqual([]);
    expect(
      broken(...(await runAll(await strikingEach(schedule, 2, "store.verify", "expired-credential")))),
    ).toEqual([]);
  });

  test("terraform#516, #29535: no secret gets into a plan, a ledger or an error, whatever fails", async () => {
    const states = [state(aKey("a")), state(aKey("a", TURNED))];
    const schedule = aSchedule({ store, states, steps: [run(), push(1), run()] });
    for (const kind of ["store.create", "store.verify"] as const) {
      for (const fault of ["malformed-body", "redirect", "status-500"] as const)
        expect(broken(...(await runAll(await strikingEach(schedule, 2, kind, fault))))).toEqual([]);
    }
  });

  test("kong-operator: a store that refuses too many requests is not asked again in the same run", async () => {
    const schedule = aSchedule({ store, states: [state(...keys(4))], steps: [run(), run()] });
    const trials = await runAll(await strikingEach(schedule, 0, "store.create", "status-429"));
    expect(broken(...trials)).toEqual([]);
    for (const { mints } of trials) expect(mints).toBe(4);
  });
});

/** Protocols that look sound and are not: each is one change away from ours. */
const CANDIDATES: readonly (readonly [string, string])[] = [
  ["revoke the old key, then create the new one", "revokes the old key before it mints the new one"],
  ["create, and revoke the old key in the same run", "revokes the old key in the same run"],
  ["trust the key's name", "trusts the name instead of the marker"],
  ["marker, and reap of own leftovers", "reaps whatever is not the current key"],
  ["one idempotency key for a generation", "uses the operation of the abandoned attempt again"],
];

test.each(CANDIDATES)("%s: breaks where ours holds", { timeout: 120_000 }, async (_protocol, name) => {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (!mutant) throw new Error(`there is no mutant "${name}"`);
  const simulator = openSimulator(await bundleSimulator(mutant));
  const { failure } = await simulator.hunt({ most: 500 });
  await simulator.close();
  if (!failure) throw new Error(`no schedule shows that it ${name}`);
  expect(broken(await runSchedule(failure.schedule))).toEqual([]);
});
