/**
 * One trial: a project is applied, its manifests change, and it is applied again; on the way its processes are killed
 * and its requests are tampered with, by seed. Then everything heals, and must be as if nothing had happened.
 */

import { Consumers } from "./consumers.fixture.ts";
import { createDice, type Dice } from "./dice.fixture.ts";
import { type ProxiedRequest, startFaultProxy } from "./fault-proxy.fixture.ts";
import { REDIRECTED } from "./faults.fixture.ts";
import { Judge } from "./judge.fixture.ts";
import type { Scene } from "./scene.fixture.ts";
import { describeResult, Torment } from "./torment.fixture.ts";
import {
  createTrialProject,
  firstStage,
  readPlace,
  secondStage,
  type Stage,
} from "./trial-project.fixture.ts";
import type { TrialStore } from "./trial-store.fixture.ts";

export interface TrialReport {
  readonly seed: string;
  /** Processes that ended by a signal of ours. */
  readonly kills: number;
  readonly requests: number;
  /** Requests that did not pass unharmed. */
  readonly faults: number;
  readonly visits: number;
  /** The most runs that it took to converge, once the faults had stopped. */
  readonly runsToHeal: number;
}

/** Thrown by a trial that found something: what, and the history that led there. */
class TrialFailed extends Error {}

/** Instances are named after the seed: one store serves many trials, and each is foreign to the others. */
export async function runTrial(seed: string, store: TrialStore): Promise<TrialReport> {
  const dice = createDice(seed);
  const instance = `trial-${seed}`;
  const proxy = await startFaultProxy(store.url);
  const project = await createTrialProject(instance, store.settings(proxy.url), dice.pick([1, 2, 8]));
  const trial = new Trial(seed, dice, { store, project, proxy, instance });
  try {
    return await trial.run();
  } finally {
    await proxy.close();
    await project.remove();
  }
}

const MOST_RUNS_TO_HEAL = 3;
const DEATHS = { least: 5, most: 12 };

class Trial {
  readonly #seed: string;
  readonly #dice: Dice;
  readonly #scene: Scene;
  readonly #judge: Judge;
  readonly #consumers: Consumers;
  readonly #torment: Torment;
  #runsToHeal = 0;

  constructor(seed: string, dice: Dice, scene: Scene) {
    const { project, store, instance } = scene;
    this.#seed = seed;
    this.#dice = dice;
    this.#scene = scene;
    this.#judge = new Judge(project, store, instance);
    this.#consumers = new Consumers(project, store);
    this.#torment = new Torment(dice, scene);
  }

  async run(): Promise<TrialReport> {
    const { store, project, proxy, instance } = this.#scene;
    project.watch(store.token);
    const foreign = await store.makeForeign("rising");
    const before = await this.#foreignKey(foreign);
    const role = `${instance}-role`;
    await this.#live(firstStage(role, store.roles));
    await this.#live(secondStage(role, store.roles, this.#dice));
    if ((await this.#foreignKey(foreign)) !== before) this.#fail("I4: a foreign key was changed");
    const leaks = (await project.leaks()).filter((leak) => !leak.startsWith(".keywright/app/"));
    this.#demand(leaks.map((leak) => `I3: ${leak}`));
    const { kills, faults } = this.#torment;
    const requests = proxy.requests.length;
    return {
      seed: this.#seed,
      kills,
      requests,
      faults,
      visits: this.#consumers.visits,
      runsToHeal: this.#runsToHeal,
    };
  }

  /** From the manifests' change to the day when all is well. */
  async #live(stage: Stage): Promise<void> {
    const { project } = this.#scene;
    const places = stage.keys.flatMap((key) => key.places);
    await project.write(stage.files);
    // Whoever was served before must still be; the others begin when all has healed.
    const values = await Promise.all(places.map((place) => readPlace(project, place)));
    this.#consumers.employAt(places.filter((_, index) => values[index] !== undefined));
    const deaths = DEATHS.least + this.#dice.throw(DEATHS.most - DEATHS.least + 1);
    for (let run = 0; run < deaths; run += 1) {
      if (await this.#suffer(stage)) break;
    }
    await this.#heal(stage);
    this.#consumers.employAt(places);
    await this.#consumers.visitAll();
    this.#demand(this.#consumers.refusals);
  }

  /** True: an apply came to its end, and nothing was left to do. */
  async #suffer({ keys }: Stage): Promise<boolean> {
    const { proxy, store } = this.#scene;
    const results = await this.#torment.applyUntilKilled((request) => this.#observe(request));
    if (this.#dice.chance(50)) await proxy.flush();
    await this.#consumers.visitAll();
    const places = keys.flatMap((key) => key.places);
    const mostLive = (store.isMinting ? 3 : 2) + this.#torment.unknownOutcomes;
    this.#demand(await this.#judge.afterDeath(places, mostLive));
    this.#demand(this.#consumers.refusals);
    return results.some(({ code }) => code === 0);
  }

  async #observe(request: ProxiedRequest): Promise<void> {
    this.#demand(await this.#judge.unannounced(request));
    if (this.#isRevocation(request)) await this.#consumers.visitAll();
    else await this.#consumers.visitOne(request.number);
  }

  #isRevocation(request: ProxiedRequest): boolean {
    return this.#scene.store.announcementOf(request)?.effect === "revoke-key";
  }

  async #heal({ keys }: Stage): Promise<void> {
    const { proxy } = this.#scene;
    await proxy.flush();
    for (let run = 1; ; run += 1) {
      const applied = await this.#torment.apply();
      this.#torment.history.push(`healing ${run}: ${describeResult(applied)}`);
      if (applied.code === 0 && (await this.#isPlanEmpty())) {
        this.#runsToHeal = Math.max(this.#runsToHeal, run);
        break;
      }
      if (run === MOST_RUNS_TO_HEAL)
        this.#fail(`not converged after ${run} runs: ${applied.out}${applied.err}`);
    }
    this.#demand(proxy.errors.map(String));
    this.#demand(proxy.requests.some(({ path }) => path === REDIRECTED) ? ["a redirect was followed"] : []);
    this.#demand(await this.#judge.converged(keys));
  }

  async #isPlanEmpty(): Promise<boolean> {
    const { project, store, proxy } = this.#scene;
    const from = proxy.requests.length;
    const { code } = await project.run(["plan", "--exit-code"], { env: { STORE_TOKEN: store.token } });
    const changing = proxy.requests.slice(from).filter((request) => !store.isReading(request));
    this.#demand(changing.map(({ method, path }) => `a plan sent ${method} ${path}`));
    return code === 0;
  }

  /** As the store shows it. */
  async #foreignKey(id: string): Promise<string> {
    const keys = await this.#scene.store.keys();
    return JSON.stringify(keys.find((key) => key.id === id));
  }

  #demand(faults: readonly string[]): void {
    if (faults.length > 0) this.#fail(faults.join("; "));
  }

  #fail(what: string): never {
    const history = this.#torment.history.map((line) => `  ${line}`).join("\n");
    const replay = `KILL_SEED=${this.#seed} npm run test:kill`;
    throw new TrialFailed(`seed ${this.#seed}: ${what}\n${history}\nreplay: ${replay}`);
  }
}
