/** A whole world in memory, and processes in it that can die at any operation. */

import { createHash } from "node:crypto";
import type { DesiredKey, DesiredState, Slot } from "../../src/core/desired.ts";
import { digestOf } from "../../src/core/digest.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import type { LiveKey } from "../../src/core/live.ts";
import type { Clock, KeyStore, Ledger, Minting, Random, SecretSink } from "../../src/core/ports.ts";
import type { KeyRequest } from "../../src/core/request.ts";
import type { RunRecord } from "../../src/core/run.ts";
import { createMemoryHistory, type MemoryHistory, openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan, type PlannedFacts } from "../../src/reconcile/make-plan.ts";
import type { World } from "../../src/reconcile/world.ts";
import { createMemorySink, type MemorySink } from "../../src/sinks/memory.ts";
import { createMemoryStore, type MemoryStore } from "../../src/stores/memory.ts";

export const aKey = (name: string, over: Partial<DesiredKey> = {}): DesiredKey => ({
  kind: "ApiKey",
  name,
  previousNames: [],
  labels: {},
  displayName: name,
  description: "",
  roles: [{ type: "default", role: "READ_ONLY" }],
  expires: { type: "after", ms: 90 * DAY_MS },
  rotation: { trigger: { type: "at", fraction: 0.66 }, overlapMs: 24 * HOUR_MS },
  securityLevel: "standard",
  protected: false,
  deliverTo: [{ sink: "local", path: name }],
  origin: { file: `keys/${name}.yaml`, line: 1, column: 1 },
  ...over,
});

/** The same bytes for the same seed. */
export function seededRandom(seed: string): Random {
  let count = 0;
  return {
    bytes: (length) => {
      const parts: Buffer[] = [];
      while (Buffer.concat(parts).length < length) {
        parts.push(createHash("sha256").update(`${seed}:${count}`).digest());
        count += 1;
      }
      return Buffer.concat(parts).subarray(0, length);
    },
  };
}

export interface Universe {
  readonly store: MemoryStore;
  readonly sinks: ReadonlyMap<string, MemorySink>;
  readonly history: MemoryHistory;
  readonly clock: Clock & { advance(ms: number): void };
  desired: DesiredState;
  declare(...keys: DesiredKey[]): void;
  liveKeys(): Promise<readonly LiveKey[]>;
  /** A new process: with a fuse it dies at that operation, counted from 0. */
  boot(fuse?: Fuse | Occasion): Process;
}

export interface Fuse {
  readonly at: number;
  /** Whether the operation is carried out before the process dies. */
  readonly when: "before" | "after";
}

/** The process dies after the first operation after which this is so. */
export interface Occasion {
  readonly isHere: () => boolean;
}

export interface Process {
  readonly world: World;
  /** Port operations so far. */
  operations(): number;
  plan(): Promise<PlannedFacts>;
  /** Plans and applies; undefined when the process died or the plan was refused on the way. */
  run(signal?: AbortSignal, requests?: readonly KeyRequest[]): Promise<RunRecord | undefined>;
}

export interface UniverseOptions {
  /** Whether the sink `other` never gives a value back. */
  readonly blind?: boolean;
  /** Whether it tells, if it is blind, that something is there, and which write it comes from. */
  readonly inspectable?: boolean;
  /** Default: the client mints. */
  readonly mint?: Minting;
  /** Whether the store can limit what a key sees. */
  readonly hasScopes?: boolean;
  /** Names that every run may revoke or rotate against the guards. */
  readonly allowed?: readonly string[];
}

export function createUniverse(seed = "universe", options: UniverseOptions = {}): Universe {
  const { blind = false, inspectable = false, allowed = [], mint, hasScopes = false } = options;
  let now = Date.parse("2026-11-21T08:00:00.000Z");
  const clock = { now: () => new Date(now), advance: (ms: number) => void (now += ms) };
  const random = seededRandom(seed);
  const store = createMemoryStore({ clock, random, hasScopes, ...(mint && { mint }) });
  const history = createMemoryHistory();
  const sinks = new Map([
    ["local", createMemorySink({ clock })],
    ["other", createMemorySink({ clock, isReadable: !blind, isInspectable: inspectable })],
  ]);
  const universe: Universe = {
    store,
    sinks,
    history,
    clock,
    desired: { instance: "acme", keys: [], roles: [] },
    declare: (...keys) => {
      universe.desired = { ...universe.desired, keys };
    },
    liveKeys: async () => {
      const keys: LiveKey[] = [];
      for await (const key of store.list("ApiKey")) keys.push(key);
      return keys;
    },
    boot: (fuse) => bootProcess(universe, random, fuse, allowed),
  };
  return universe;
}

class ProcessDied extends Error {}

function bootProcess(
  universe: Universe,
  random: Random,
  fuse: Fuse | Occasion | undefined,
  allowed: readonly string[],
): Process {
  let count = 0;
  let isDead = false;
  const operate = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isDead) throw new ProcessDied();
    const index = count;
    count += 1;
    if (fuse && "isHere" in fuse) {
      const result = await act();
      isDead = fuse.isHere();
      if (isDead) throw new ProcessDied();
      return result;
    }
    if (index !== fuse?.at) return act();
    isDead = true;
    if (fuse.when === "after") await act();
    throw new ProcessDied();
  };
  const ledger = openMemoryLedger(universe.history);
  const world: World = {
    load: () =>
      Promise.resolve({
        desired: universe.desired,
        source: { type: "directory", location: "test" },
        manifestDigest: digestOf(universe.desired),
        notices: [],
      }),
    store: fragileStore(universe.store, operate),
    sinks: new Map([...universe.sinks].map(([name, sink]) => [name, fragileSink(sink, operate)])),
    ledger: fragileLedger(ledger, operate),
    clock: universe.clock,
    random,
    limits: { maxRevocations: 3, maxRevocationsPercent: 100, protectedKeys: [], ownKeyIds: [] },
    fingerprintLogN: 4,
    concurrency: 1,
  };
  return {
    world,
    operations: () => count,
    plan: () => makePlan(world),
    run: async (signal, requests = []) => {
      try {
        const { plan } = await makePlan(world, { allowed, requests });
        const options = { leaseWaitMs: 0, holder: "test", allowed, ...(signal && { signal }) };
        const record = await applyPlan(plan, world, options);
        return isDead ? undefined : record;
      } catch (error) {
        if (error instanceof ProcessDied) return undefined;
        throw error;
      } finally {
        await ledger.close();
      }
    },
  };
}

type Operate = <T>(act: () => Promise<T>) => Promise<T>;

const fragileStore = (store: KeyStore, operate: Operate): KeyStore => ({
  identity: store.identity,
  capabilities: store.capabilities,
  ownKeyId: store.ownKeyId,
  async *list(kind, signal, wanted) {
    await operate(async () => undefined);
    yield* store.list(kind, signal, wanted);
  },
  create: (request, signal) => operate(() => store.create(request, signal)),
  update: (request, signal) => operate(() => store.update(request, signal)),
  revoke: (request, signal) => operate(() => store.revoke(request, signal)),
  verify: (secret, signal) => operate(() => store.verify(secret, signal)),
  examine: (needs, signal) => operate(() => store.examine(needs, signal)),
  close: () => Promise.resolve(),
});

const fragileSink = (sink: SecretSink, operate: Operate): SecretSink => ({
  capabilities: sink.capabilities,
  read: (slot, stage) => operate(() => sink.read(slot, stage)),
  inspect: (slot) => operate(() => sink.inspect(slot)),
  write: (slot, stage, secret, stamp, expected) =>
    operate(() => sink.write(slot, stage, secret, stamp, expected)),
  remove: (slot, stage) => operate(() => sink.remove(slot, stage)),
  probe: (slot) => operate(() => sink.probe(slot)),
});

const fragileLedger = (ledger: Ledger, operate: Operate): Ledger => ({
  records: () => operate(() => ledger.records()),
  claim: (...claim) => operate(() => ledger.claim(...claim)),
  append: (...events) => operate(() => ledger.append(...events)),
  note: (event) => ledger.note(event),
  events: () => ledger.events(),
  lease: (holder, waitMs) => operate(() => ledger.lease(holder, waitMs)),
  close: () => ledger.close(),
});

/** What a consumer finds in a slot, and whether the store lets it in. */
export async function consumerIsServed(universe: Universe, slot: Slot): Promise<boolean> {
  const entry = universe.sinks.get(slot.sink)?.peek(slot);
  return entry !== undefined && (await universe.store.verify(entry.secret)).valid;
}
