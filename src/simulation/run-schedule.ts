import { sha256Hex } from "../core/digest.ts";
import { happen } from "./happen.ts";
import { type Pipeline, PRODUCTION } from "./pipeline.ts";
import { CLOCKS_OFF_MS, LEASE_MS } from "./patience.ts";
import { type Reconciled, reconcile } from "./reconciler.ts";
import type { ReconcilerPlan, Schedule, Step } from "./schedule.ts";
import { searchSecrets } from "./search-secrets.ts";
import { settle } from "./settle.ts";
import { ignoreRefusal, SimulatedProcess } from "./simulated-process.ts";
import type { Trial } from "./trial.ts";
import { Universe } from "./universe.ts";
import { Witness } from "./witness.ts";

export interface TrialOptions {
  /** Default: the one of production. */
  readonly pipeline?: Pipeline;
}

/**
 * Runs the steps with their faults, stops the faults, and sees whether everything settles. Uses no real time and no
 * real randomness: the same schedule gives the same trial.
 */
export async function runSchedule(schedule: Schedule, options: TrialOptions = {}): Promise<Trial> {
  const stage = new Stage(schedule, options.pipeline ?? PRODUCTION);
  await stage.begin();
  for (const step of schedule.steps) await stage.take(step);
  await stage.heal();
  await settle(stage);
  return stage.end();
}

const CALM: ReconcilerPlan = { skewMs: 0, waits: true, concurrency: 2 };

/** A trial under way. */
export class Stage {
  readonly universe: Universe;
  readonly witness: Witness;
  readonly #pipeline: Pipeline;
  #processes = 0;

  constructor(schedule: Schedule, pipeline: Pipeline) {
    this.universe = new Universe(schedule);
    this.witness = new Witness(this.universe);
    this.#pipeline = pipeline;
  }

  /** The store as it is found: with a key of a person, and one of another instance. */
  async begin(): Promise<void> {
    const { store, desired } = this.universe;
    store.makeByHand();
    const marker = { instance: `${desired.instance}-2`, generation: 1, operation: "0000000000ab" };
    store.makeByHand({ marker: { ...marker, name: desired.keys[0]?.name ?? "a" } });
    this.witness.census.noteForeign();
  }

  async take(step: Step): Promise<void> {
    const { universe } = this;
    switch (step.step) {
      case "run":
        await this.run(step.reconcilers, step.meanwhile);
        break;
      case "happen":
        await happen(universe, this.witness, step.happening);
        break;
      case "jump":
        universe.note(`jump ${step.ms}`);
        universe.jumpMs = step.ms;
        this.witness.consumers.reread();
    }
    universe.readOnlySinks.clear();
    universe.step += 1;
    this.witness.consumers.settle();
  }

  /** Gives turns until every reconciler has ended or died. */
  async run(
    plans: readonly ReconcilerPlan[],
    meanwhile: Extract<Step, { step: "run" }>["meanwhile"] = [],
    allowed: readonly string[] = [],
  ): Promise<readonly Reconciled[]> {
    const { universe, witness } = this;
    const beginning = universe.performed.length;
    const coming = meanwhile.toSorted((a, b) => a.after - b.after);
    const processes = plans.map((plan) => this.#boot(plan, allowed));
    const ended: Reconciled[] = [];
    universe.isRunning = true;
    const work = processes.map(async (process) => ended.push(await reconcile(process, this.#pipeline)));
    await universe.turns.give(
      (count) => universe.order.below(count),
      async () => {
        await this.#carryOutLate(false);
        const passed = universe.performed.length - beginning;
        while ((coming[0]?.after ?? Infinity) <= passed) {
          const next = coming.shift();
          if (next) await happen(universe, witness, next.happening);
        }
      },
    );
    universe.isRunning = false;
    for (const { happening } of coming) await happen(universe, witness, happening);
    const isHanging = processes.some(({ isDead, isOver }) => !isDead && !isOver);
    if (isHanging) witness.report("bug", "a run waits for something that never comes");
    else await Promise.all(work.filter((_, index) => processes[index]?.isDead !== true));
    return ended;
  }

  /** `allowed`: names that a person lets go against the guards. */
  async runCalmly(allowed: readonly string[] = []): Promise<Reconciled> {
    const [reconciled] = await this.run([CALM], [], allowed);
    this.universe.step += 1;
    this.witness.consumers.settle();
    return reconciled ?? {};
  }

  /** Faults stop, clocks are right again, and what was late has come. */
  async heal(): Promise<void> {
    const { universe } = this;
    universe.note("heal");
    universe.strikes.stop();
    universe.jumpMs = 0;
    // An attempt whose key lost its marker is given up once it can no longer be that the store's list is behind.
    if (this.witness.excuses.altered.size > 0) universe.advance(CLOCKS_OFF_MS);
    this.witness.consumers.reread();
    await this.#carryOutLate(true);
    // A lease that was taken by a clock that was ahead lasts longer than it should.
    universe.advance(Math.max(LEASE_MS, (universe.history.held?.until ?? 0) - universe.clock.ms));
    this.witness.look();
    this.witness.consumers.settle();
  }

  end(): Trial {
    const { universe, witness } = this;
    searchSecrets(universe, witness);
    const { trace, performed, requests, mutations, strikes } = universe;
    return {
      breaches: witness.breaches,
      digest: sha256Hex(trace.join("\n")),
      trace,
      operations: performed.length,
      requests,
      mutations,
      performed,
      runs: this.#processes,
      checks: witness.checks,
      struck: strikes.struck,
      mints: witness.mints,
      promises: witness.consumers.promises,
    };
  }

  #boot(plan: ReconcilerPlan, allowed: readonly string[]): SimulatedProcess {
    this.#processes += 1;
    return new SimulatedProcess(this.universe, this.witness, this.#processes, plan, allowed);
  }

  async #carryOutLate(isOver: boolean): Promise<void> {
    for (const act of this.universe.takeLate(isOver)) {
      this.universe.note("a late request arrives");
      await act().catch(ignoreRefusal);
      this.witness.look();
    }
  }
}
