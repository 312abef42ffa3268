import { expect, test } from "vitest";
import type { DesiredKey } from "../core/desired.ts";
import { aDesiredKey } from "../core/a-key.fixture.ts";
import type { Fault, Schedule, Step } from "./schedule.ts";
import { shrinkSchedule } from "./shrink-schedule.ts";
import type { Breach, Invariant } from "./trial.ts";

const slots = (...sinks: string[]): Pick<DesiredKey, "deliverTo"> => ({
  deliverTo: sinks.map((sink) => ({ sink, path: "x" })),
});

const run = (over: Partial<Extract<Step, { step: "run" }>> = {}): Step => ({
  step: "run",
  reconcilers: [{ skewMs: 0, waits: false, concurrency: 1 }],
  meanwhile: [],
  ...over,
});

const push = (state: number): Step => ({ step: "happen", happening: { act: "push", state } });
const crash = (at: number): Fault => ({ at, kind: "crash-after" });

const aSchedule = (over: Partial<Schedule> = {}): Schedule => ({
  version: 2,
  seed: 7,
  scenario: {
    name: "test",
    store: "keywright",
    sinks: ["one", "two"].map((name) => ({ name, readable: true })),
    states: ["a", "b", "c"].map((last) => ({
      instance: "acme",
      roles: [],
      keys: ["k1", "k2", last].map((name) => aDesiredKey({ name, ...slots("one", "two") })),
    })),
    maxRevocations: 3,
    rereadEvery: 0,
  },
  steps: [run(), push(1), run(), push(2), run({ reconcilers: [1, 2, 3].map(() => plain) }), run()],
  faults: [crash(3), crash(12), crash(31), crash(44)],
  ...over,
});

const plain = { skewMs: 5, waits: true, concurrency: 4 };

/** Breaks `invariant` exactly while `holds`. */
const breaking =
  (holds: (schedule: Schedule) => boolean, invariant: Invariant = "I2") =>
  async (schedule: Schedule): Promise<{ readonly breaches: readonly Breach[] }> => ({
    breaches: holds(schedule) ? [{ invariant, message: "broken", at: 1 }] : [],
  });

const strikesAt =
  (...indexes: readonly number[]) =>
  ({ faults }: Schedule): boolean =>
    indexes.every((index) => faults.some(({ at }) => at === index));

test("only the fault that breaks it is left", async () => {
  const shrunk = await shrinkSchedule(aSchedule(), "I2", { run: breaking(strikesAt(31)) });
  expect(shrunk.faults).toEqual([crash(31)]);
  expect(shrunk.steps).toEqual([]);
});

test("two faults that break it together are both left", async () => {
  const { faults } = await shrinkSchedule(aSchedule(), "I2", { run: breaking(strikesAt(3, 44)) });
  expect(faults).toEqual([crash(3), crash(44)]);
});

const hasK2InTwo = ({ scenario }: Schedule): boolean =>
  scenario.states.every(({ keys }) =>
    keys.some(({ name, deliverTo }) => name === "k2" && deliverTo.some(({ sink }) => sink === "two")),
  );

test("keys and sinks that are beside the point are gone, in every state", async () => {
  const { scenario } = await shrinkSchedule(aSchedule(), "I2", { run: breaking(hasK2InTwo) });
  expect(scenario.sinks.map(({ name }) => name)).toEqual(["two"]);
  expect(scenario.states.map(({ keys }) => keys.map(({ name }) => name))).toEqual([["k2"]]);
});

const lastKeysPushed = ({ steps, scenario }: Schedule): readonly (string | undefined)[] =>
  steps.map((step) =>
    step.step === "happen" && step.happening.act === "push"
      ? scenario.states[step.happening.state]?.keys.at(-1)?.name
      : undefined,
  );

test("a push still means the same state when others are gone", async () => {
  const holds = (schedule: Schedule): boolean => lastKeysPushed(schedule).includes("c");
  const shrunk = await shrinkSchedule(aSchedule(), "I2", { run: breaking(holds) });
  expect(shrunk.steps).toEqual([push(1)]);
  expect(lastKeysPushed(shrunk)).toEqual(["c"]);
});

test("one reconciler is left, without skew, and nothing happens meanwhile", async () => {
  const meanwhile = [{ after: 2, happening: { act: "make-key" } as const }];
  const schedule = aSchedule({ steps: [run({ reconcilers: [plain, plain], meanwhile })] });
  const { steps } = await shrinkSchedule(schedule, "I2", { run: breaking((each) => each.steps.length > 0) });
  expect(steps).toEqual([run({ reconcilers: [{ ...plain, skewMs: 0, concurrency: 1 }] })]);
});

test("what breaks another invariant is no smaller way to this one", async () => {
  const schedule = aSchedule();
  expect(await shrinkSchedule(schedule, "I2", { run: breaking(() => true, "I5") })).toBe(schedule);
});

test("it ends after so many trials with what it has", async () => {
  let trials = 0;
  await shrinkSchedule(aSchedule(), "I2", {
    run: async (schedule) => {
      trials += 1;
      return breaking(() => trials % 2 === 0)(schedule);
    },
    trials: 9,
  });
  expect(trials).toBe(9);
});
