/** The simulated world outside of all reconcilers: store, sinks, ledger, manifests and time. */

import { type DesiredKey, type DesiredState, type Slot, slotId } from "../core/desired.ts";
import { DAY_MS } from "../core/duration.ts";
import { keyDigest } from "../core/key-format.ts";
import type { RoleRef } from "../core/role-ref.ts";
import type { Secret } from "../core/secret.ts";
import { createMemoryHistory, type MemoryHistory } from "../ledger/memory-ledger.ts";
import { createMemorySink, type MemorySink } from "../sinks/memory.ts";
import type { StoredKey } from "../stores/memory-keys.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory.ts";
import { STORE_PROFILES, type StoreProfile } from "../stores/store-profile.ts";
import type { Scenario, Schedule } from "./schedule.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { Strikes } from "./strikes.ts";
import type { OperationKind, PerformedOperation } from "./trial.ts";
import { Turns } from "./turns.ts";

/** Each operation takes this long. */
const OPERATION_MS = 5;

/** Something that the store has yet to carry out, for a process that has given up waiting for it. */
interface LateOperation {
  readonly due: number;
  readonly act: () => Promise<unknown>;
}

export class Universe {
  readonly schedule: Schedule;
  readonly scenario: Scenario;
  readonly clock = new SimulatedClock();
  readonly turns = new Turns();
  readonly strikes: Strikes;
  /** Decides who is next, and nothing else. */
  readonly order: SeededRandom;
  readonly profile: StoreProfile;
  readonly store: MemoryStore;
  readonly sinks: ReadonlyMap<string, MemorySink>;
  readonly history: MemoryHistory = createMemoryHistory();
  /** Every slot that any of the states declares. */
  readonly slots: readonly Slot[];
  readonly trace: string[] = [];
  readonly performed: PerformedOperation[] = [];
  readonly readOnlySinks = new Set<string>();
  desired: DesiredState;
  /** Who took the lease last, and has not let it go. */
  leader: SimulatedProcess | undefined;
  /** Whether reconcilers are at work. */
  isRunning = false;
  /** How far the clocks of all reconcilers are off. */
  jumpMs = 0;
  step = 0;
  requests = 0;
  mutations = 0;
  /** Whether anything changed that an invariant is about. */
  isTouched = false;
  #late: LateOperation[] = [];
  readonly #digests = new WeakMap<Secret, string>();

  constructor(schedule: Schedule) {
    const { scenario, seed, faults } = schedule;
    const { clock } = this;
    this.schedule = schedule;
    this.scenario = scenario;
    this.profile = STORE_PROFILES[scenario.store];
    this.desired = stateOf(scenario, 0);
    this.strikes = new Strikes(faults);
    this.order = new SeededRandom(seed, 1);
    this.store = createMemoryStore({
      clock,
      random: new SeededRandom(seed, 2),
      profile: this.profile,
      roles: foundRoles(scenario, this.profile),
    });
    this.sinks = new Map(
      scenario.sinks.map(({ name, readable, inspectable = false }) => [
        name,
        createMemorySink({ clock, isReadable: readable, isInspectable: !readable && inspectable }),
      ]),
    );
    this.slots = slotsOf(scenario.states);
  }

  get clientMints(): boolean {
    return this.profile.capabilities.mint.by === "client";
  }

  /** Whether something is under way that has not looked at the store since. */
  get isBusy(): boolean {
    return this.isRunning || this.#late.length > 0;
  }

  /** Whether the ledger has the id of the key. */
  isRecorded(id: string): boolean {
    return [...this.history.table.values()].some(({ record }) =>
      [record?.current, ...(record?.retiring ?? [])].some((each) => each?.id === id),
    );
  }

  /** Index of the newest operation. */
  get at(): number {
    return this.performed.length - 1;
  }

  /** An operation takes place now; gives its index. */
  begin(kind: OperationKind): number {
    this.performed.push({ kind, step: this.step });
    this.clock.advance(OPERATION_MS);
    return this.at;
  }

  note(line: string): void {
    this.trace.push(line);
  }

  /** Long enough for leases to run out and PENDING keys to lapse. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.isTouched = true;
  }

  postpone(delay: number, act: () => Promise<unknown>): void {
    this.#late.push({ due: this.at + delay, act });
  }

  /** What has become due; all of it with `isOver`. */
  takeLate(isOver: boolean): readonly (() => Promise<unknown>)[] {
    const due = this.#late.filter((each) => isOver || each.due <= this.at);
    this.#late = this.#late.filter((each) => !due.includes(each));
    return due.map(({ act }) => act);
  }

  /** The digest that the store knows a value by. */
  digestOf(secret: Secret): string {
    let digest = this.#digests.get(secret);
    if (digest === undefined) {
      digest = keyDigest(secret);
      this.#digests.set(secret, digest);
    }
    return digest;
  }

  keyOf(secret: Secret): StoredKey | undefined {
    const digest = this.digestOf(secret);
    for (const key of this.store.peek()) if (key.digest === digest) return key;
    return undefined;
  }

  /** Names that any of the states delivers to `slot`. */
  namesOf(slot: Slot): ReadonlySet<string> {
    const keys = this.scenario.states.flatMap((state) => state.keys);
    const isIn = ({ deliverTo }: DesiredKey): boolean =>
      deliverTo.some((each) => slotId(each) === slotId(slot));
    return new Set(keys.filter(isIn).map(({ name }) => name));
  }

  /** Names of keys that are still to be used for the first time. */
  pendingNames(): readonly string[] {
    return this.managed().flatMap((stored) =>
      this.store.statusOf(stored) === "pending" ? (stored.key.marker?.name ?? []) : [],
    );
  }

  /** Whether the operation is an attempt of `run` that is still under way. */
  isFresh(operation: string, run: string): boolean {
    return [...this.history.table.values()].some(
      ({ record }) => record?.intent?.operation === operation && record.intent.run === run,
    );
  }

  /** Ids of the keys whose end the ledger has set. */
  endingIds(): ReadonlySet<string> {
    const operations = new Set(
      [...this.history.table.values()].flatMap(({ record }) =>
        [...(record?.retiring ?? []), ...(record?.abandoned ?? [])].map(({ operation }) => operation),
      ),
    );
    return new Set(
      this.managed().flatMap(({ key }) => (operations.has(key.marker?.operation ?? "") ? key.id : [])),
    );
  }

  /** Keys with our marker that are not revoked, with what they are now. */
  managed(): readonly StoredKey[] {
    return [...this.store.peek()].filter(
      (stored) =>
        stored.key.marker?.instance === this.desired.instance && this.store.statusOf(stored) !== "revoked",
    );
  }
}

/** Where roles are none of our business, people have made those that the manifests give to keys. */
function foundRoles({ states }: Scenario, { capabilities }: StoreProfile): readonly RoleRef[] {
  if (!capabilities.manages.includes("Role"))
    return states.flatMap(({ keys }) => keys.flatMap(({ roles }) => roles));
  return states.flatMap(({ roles }) =>
    roles.flatMap(({ name, external }) => (external ? ({ type: "custom", tag: name } as const) : [])),
  );
}

export function stateOf({ states }: Scenario, index: number): DesiredState {
  const state = states[index % states.length];
  if (!state) throw new Error("a scenario has at least one state");
  return state;
}

function slotsOf(states: readonly DesiredState[]): readonly Slot[] {
  const slots = states.flatMap(({ keys }) => keys.flatMap(({ deliverTo }) => deliverTo));
  return [...new Map(slots.map((slot) => [slotId(slot), slot])).values()];
}

/** Longer than any overlap of any state: then whatever was replaced is to be gone. */
export const longestOverlapMs = ({ states }: Scenario): number =>
  Math.max(DAY_MS, ...states.flatMap(({ keys }) => keys.map(({ rotation }) => rotation.overlapMs)));
