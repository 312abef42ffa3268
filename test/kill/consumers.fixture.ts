/** Consumers of a trial's keys: each reads its place now and then, and uses what it read until it reads again. */

import type { Project } from "../e2e/project.fixture.ts";
import { type Place, readPlace } from "./trial-project.fixture.ts";
import type { TrialStore } from "./trial-store.fixture.ts";

interface Consumer {
  readonly place: Place;
  /** Undefined until it was served for the first time. */
  held: string | undefined;
}

export const placeName = ({ path, field }: Place): string =>
  field === undefined ? path : `${path}#${field}`;

export class Consumers {
  readonly #project: Project;
  readonly #store: TrialStore;
  readonly #consumers = new Map<string, Consumer>();
  /** What a consumer found that was no use to it: I2. */
  readonly refusals: string[] = [];
  visits = 0;

  constructor(project: Project, store: TrialStore) {
    this.#project = project;
    this.#store = store;
  }

  /** From now on there is a consumer at each of these places, and nowhere else. */
  employAt(places: readonly Place[]): void {
    const wanted = new Set(places.map(placeName));
    for (const name of this.#consumers.keys()) if (!wanted.has(name)) this.#consumers.delete(name);
    for (const place of places) {
      const name = placeName(place);
      if (!this.#consumers.has(name)) this.#consumers.set(name, { place, held: undefined });
    }
  }

  /** All of them use what they hold, read anew, and use that. */
  async visitAll(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map((consumer) => this.#visit(consumer)));
  }

  /** One of them, by a number. */
  async visitOne(number: number): Promise<void> {
    const consumer = [...this.#consumers.values()][number % Math.max(1, this.#consumers.size)];
    if (consumer) await this.#visit(consumer);
  }

  async #visit(consumer: Consumer): Promise<void> {
    this.visits += 1;
    const { place, held } = consumer;
    if (held !== undefined) await this.#use(held, `the value that it still uses, from ${placeName(place)}`);
    const value = await readPlace(this.#project, place);
    if (value === undefined) {
      if (held !== undefined) this.refusals.push(`${placeName(place)} became empty`);
      return;
    }
    this.#project.watch(value);
    if (value !== held) await this.#use(value, `the value that it read from ${placeName(place)}`);
    consumer.held = value;
  }

  async #use(value: string, what: string): Promise<void> {
    // A store that is down refuses nobody.
    const isAdmitted = await this.#store.admits(value).catch(() => true);
    if (!isAdmitted) this.refusals.push(`a consumer was refused with ${what}`);
  }
}
