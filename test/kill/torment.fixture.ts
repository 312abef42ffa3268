/** Applies that are killed, and whose requests are tampered with, as the dice say. */

import type { ChildProcess } from "node:child_process";
import type { Result } from "../e2e/project.fixture.ts";
import type { Dice } from "./dice.fixture.ts";
import type { ProxiedRequest } from "./fault-proxy.fixture.ts";
import { type FaultName, PASSING_FAULTS } from "./faults.fixture.ts";
import { describeMoment, drawMoment, Trigger } from "./moment.fixture.ts";
import type { Scene } from "./scene.fixture.ts";

/** Called before each changing request reaches the store and after it was answered. */
type Observe = (request: ProxiedRequest) => Promise<void>;

export class Torment {
  readonly #dice: Dice;
  readonly #scene: Scene;
  /** For whoever has to understand a failure. */
  readonly history: string[] = [];
  /** How likely a request is to be harmed, in percent: changes, readings. */
  readonly #harm: readonly [number, number];
  kills = 0;
  faults = 0;
  /** Keys that the store may have made although nobody was told. */
  unknownOutcomes = 0;

  constructor(dice: Dice, scene: Scene) {
    this.#dice = dice;
    this.#scene = scene;
    this.#harm = dice.pick([
      [0, 0],
      [0, 0],
      [15, 2],
      [35, 4],
    ]);
  }

  /** One apply, seldom two at once, up to death or end. */
  async applyUntilKilled(observe: Observe): Promise<readonly Result[]> {
    const { proxy, project } = this.#scene;
    const moment = drawMoment(this.#dice);
    const children: ChildProcess[] = [];
    const count = this.#dice.chance(15) ? 2 : 1;
    const strike = this.#drawStrike(children);
    const trigger = new Trigger(moment, project.directory, () => strike.start());
    this.#tamper(trigger, observe);
    try {
      const runs = Array.from({ length: count }, () => this.apply((child) => children.push(child)));
      const results = await Promise.all(runs);
      await strike.end();
      this.kills += results.filter(({ signal }) => signal === "SIGKILL").length;
      this.history.push(`${describeMoment(moment)}: ${results.map(describeResult).join(" beside ")}`);
      return results;
    } finally {
      trigger.close();
      proxy.behave({});
    }
  }

  apply(onStart?: (child: ChildProcess) => void): Promise<Result> {
    const { project, store } = this.#scene;
    return project.run(["apply", "--yes", "--wait", "1m"], {
      env: { STORE_TOKEN: store.token },
      ...(onStart && { onStart }),
    });
  }

  /** Whom it hits: the server, where that can be; all applies, or the first of two. */
  #drawStrike(children: readonly ChildProcess[]): { start(): void; end(): Promise<void> } {
    const { restart } = this.#scene.store;
    const isForServer = restart !== undefined && this.#dice.chance(60);
    const isForApplies = !isForServer || this.#dice.chance(30);
    const isOnlyFirst = this.#dice.chance(60);
    let restarting: Promise<void> = Promise.resolve();
    return {
      start: () => {
        if (isForServer) {
          this.history.push("the server is killed");
          this.unknownOutcomes += 1;
          restarting = restart();
        }
        if (!isForApplies) return;
        for (const child of isOnlyFirst ? children.slice(0, 1) : children) child.kill("SIGKILL");
      },
      end: () => restarting,
    };
  }

  #tamper(trigger: Trigger, observe: Observe): void {
    const { proxy, store } = this.#scene;
    proxy.behave({
      decide: (request) => this.#harmOf(request),
      before: async (request) => {
        if (!store.isReading(request)) await observe(request);
        if (trigger.hear(store.isReading(request), "before")) request.fault = "cut before";
      },
      after: async (request) => {
        if (!store.isReading(request)) await observe(request);
        trigger.hear(store.isReading(request), "after");
      },
    });
  }

  #harmOf(request: ProxiedRequest): FaultName {
    const { store } = this.#scene;
    const isReading = store.isReading(request);
    if (!this.#dice.chance(isReading ? this.#harm[1] : this.#harm[0])) return "forward";
    const fault = this.#dice.pick(PASSING_FAULTS);
    this.faults += 1;
    if (store.mayMint(request)) this.unknownOutcomes += 1;
    this.history.push(`${request.method} ${request.path}: ${fault}`);
    return fault;
  }
}

export const describeResult = ({ code, signal, out }: Result): string =>
  signal ?? `exit ${code} ${/^\w.*(?:applied|failed|not run)\b.*$/m.exec(out)?.[0] ?? ""}`;
