/** I2: one consumer for each slot, which reads it anew only now and then, and uses what it has read until then. */

import { type DesiredState, type Slot, slotId } from "../core/desired.ts";
import { HOUR_MS } from "../core/duration.ts";
import type { Secret } from "../core/secret.ts";
import type { Excuses } from "./excuses.ts";
import type { Universe } from "./universe.ts";

/** No consumer goes longer without reading its slot anew. */
export const REREAD_MS = HOUR_MS;

interface Consumer {
  readonly slot: Slot;
  readonly id: string;
  value: Secret | undefined;
  readAtMs: number;
  /** Since it was served once, for as long as the manifests go on to declare its slot. */
  isPromised: boolean;
}

export class Consumers {
  readonly #universe: Universe;
  readonly #excuses: Excuses;
  readonly #all: readonly Consumer[];
  /** How many were held to the promise, summed over all steps. */
  promises = 0;

  constructor(universe: Universe, excuses: Excuses) {
    this.#universe = universe;
    this.#excuses = excuses;
    this.#all = universe.slots.map((slot) => ({
      slot,
      id: slotId(slot),
      value: undefined,
      readAtMs: 0,
      isPromised: false,
    }));
  }

  /** No reconciler is at work: who is due, or not served, reads its slot; and whoever is served now is to stay served. */
  settle(): void {
    const declared = slotIds(this.#universe.desired);
    const ending = this.#universe.endingIds();
    for (const consumer of this.#all) {
      if (this.#isDue(consumer)) this.#read(consumer);
      const stored = consumer.value && this.#universe.keyOf(consumer.value);
      // A slot that is declared again may hold a key whose end was set while it was not.
      const isSafe = stored && (consumer.isPromised || !ending.has(stored.key.id));
      consumer.isPromised =
        declared.has(consumer.id) && isSafe === true && this.#universe.store.statusOf(stored) === "active";
      if (consumer.isPromised) this.promises += 1;
    }
  }

  reread(): void {
    for (const consumer of this.#all) this.#read(consumer);
  }

  /** The manifests say something else now: no promise holds for slots that are not declared any more. */
  push(desired: DesiredState): void {
    const declared = slotIds(desired);
    for (const consumer of this.#all) if (!declared.has(consumer.id)) consumer.isPromised = false;
  }

  /** A person changed what is in the slot. */
  release(slot: Slot): void {
    const id = slotId(slot);
    for (const consumer of this.#all) if (consumer.id === id) consumer.isPromised = false;
  }

  /** Who is not served, and why. */
  faults(): readonly string[] {
    return this.#all.flatMap((consumer) => (consumer.isPromised ? (this.#faultOf(consumer) ?? []) : []));
  }

  #faultOf(consumer: Consumer): string | undefined {
    const { id, value } = consumer;
    const current = this.#peek(consumer);
    if (!current) return `${id} was emptied under its consumer`;
    if (this.#isDead(current)) return `${id} holds a value that does not authenticate`;
    if (value && this.#isDead(value))
      return `the consumer of ${id} holds a previous value that was ended too early`;
    return undefined;
  }

  /** A value that no longer works is of no use: then nobody waits. */
  #isDue({ value, isPromised, readAtMs }: Consumer): boolean {
    const isOld = this.#universe.clock.ms - readAtMs >= REREAD_MS;
    return isOld || !isPromised || value === undefined || !this.#works(value);
  }

  #read(consumer: Consumer): void {
    consumer.value = this.#peek(consumer);
    consumer.readAtMs = this.#universe.clock.ms;
  }

  #peek({ slot }: Consumer): Secret | undefined {
    return this.#universe.sinks.get(slot.sink)?.peek(slot)?.secret;
  }

  #isDead(value: Secret): boolean {
    const stored = this.#universe.keyOf(value);
    if (!stored) return true;
    return !this.#works(value) && !this.#excuses.isEnded(stored.key.id, stored.key.expiresAt);
  }

  #works(value: Secret): boolean {
    const stored = this.#universe.keyOf(value);
    return stored !== undefined && this.#universe.store.statusOf(stored) === "active";
  }
}

export const slotIds = ({ keys }: DesiredState): ReadonlySet<string> =>
  new Set(keys.flatMap(({ deliverTo }) => deliverTo.map(slotId)));
