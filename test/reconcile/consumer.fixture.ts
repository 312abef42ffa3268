/**
 * Consumers as they are: each reads its file once in a while and uses the value that it holds until then. Between any
 * two operations of a run the clock goes on, whoever is due reads again, and somebody sends a request.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DesiredKey } from "../../src/core/desired.ts";
import { digestOf } from "../../src/core/digest.ts";
import { MINUTE_MS } from "../../src/core/duration.ts";
import type { Clock, KeyStore, Random, SecretSink } from "../../src/core/ports.ts";
import type { KeyRequest } from "../../src/core/request.ts";
import { Secret } from "../../src/core/secret.ts";
import { createMemoryHistory, type MemoryHistory, openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { World } from "../../src/reconcile/world.ts";
import { createUniverse } from "./memory-world.fixture.ts";

export interface MovableClock extends Clock {
  advance(ms: number): void;
}

export function createMovableClock(): MovableClock {
  let now = Date.parse("2026-11-21T08:00:00.000Z");
  return { now: () => new Date(now), advance: (ms) => void (now += ms) };
}

export interface SceneOptions {
  readonly store: KeyStore;
  readonly sink: SecretSink;
  /** Where `sink` has its files. */
  readonly directory: string;
  readonly clock: MovableClock;
  readonly random: Random;
  /** How long a consumer uses what it has read. */
  readonly rereadMs: number;
  /** The most time between two operations of a run. */
  readonly pauseMs: number;
}

export interface Scene {
  readonly counts: { requests: number; refused: number };
  /** What each refused request was about. */
  readonly refusals: readonly string[];
  declare(keys: readonly DesiredKey[]): void;
  /** Plans and applies. With `diesAt` the process ends before that operation. Gives its reasons to rotate. */
  run(options?: {
    readonly diesAt?: number;
    readonly requests?: readonly KeyRequest[];
  }): Promise<readonly string[]>;
  /** Lets time pass, minute by minute. */
  wait(minutes: number): Promise<void>;
  /** Lets much time pass, in which every consumer has read again and again. */
  skip(ms: number): Promise<void>;
  /** Rotations that came to their end. */
  rotations(): number;
}

interface Consumer {
  readonly name: string;
  /** Reads whenever it likes, besides. */
  readonly isRestless: boolean;
  held: Secret | undefined;
  readAtMs: number;
}

class ProcessDied extends Error {}

export function createScene(names: readonly string[], options: SceneOptions): Scene {
  const { clock, random, store } = options;
  const history = createMemoryHistory();
  const counts = { requests: 0, refused: 0 };
  const refusals: string[] = [];
  const consumers = names.flatMap((name) => [newConsumer(name, false), newConsumer(name, true)]);
  let desired: readonly DesiredKey[] = [];
  const chance = (): number => Buffer.from(random.bytes(4)).readUInt32BE() / 2 ** 32;

  const read = async (consumer: Consumer): Promise<void> => {
    const text = await readFile(join(options.directory, consumer.name), "utf8").catch(() => undefined);
    if (text !== undefined) consumer.held = Secret.of(text);
    consumer.readAtMs = clock.now().getTime();
  };
  const readWhoIsDue = async (): Promise<void> => {
    const now = clock.now().getTime();
    for (const consumer of consumers) {
      const isDue = now - consumer.readAtMs >= options.rereadMs;
      if (isDue || (consumer.isRestless && chance() < 0.1)) await read(consumer);
    }
  };
  const send = async (consumer: Consumer | undefined): Promise<void> => {
    if (!consumer?.held) return;
    counts.requests += 1;
    const answer = await store.verify(consumer.held);
    if (answer.valid) return;
    counts.refused += 1;
    refusals.push(`${consumer.name} at ${clock.now().toISOString()}: ${answer.reason}`);
  };
  const step = async (ms: number): Promise<void> => {
    clock.advance(Math.floor(ms));
    await readWhoIsDue();
    await send(consumers[Math.floor(chance() * consumers.length)]);
  };
  const everybody = async (): Promise<void> => {
    for (const consumer of consumers) await send(consumer);
  };
  const scene: Scene = {
    counts,
    refusals,
    declare: (keys) => {
      desired = keys;
    },
    run: async ({ diesAt, requests = [] } = {}) => {
      let count = 0;
      const world = worldOf(options, desired, history, async () => {
        if (diesAt !== undefined && count >= diesAt) throw new ProcessDied();
        count += 1;
        await step(chance() * options.pauseMs);
      });
      const reasons = await reconcile(world, requests);
      await everybody();
      return reasons;
    },
    wait: async (minutes) => {
      for (let minute = 0; minute < minutes; minute += 1) await step(MINUTE_MS);
      await everybody();
    },
    skip: async (ms) => {
      clock.advance(ms);
      for (const consumer of consumers) {
        await read(consumer);
        // Each has its own time of the hour.
        consumer.readAtMs -= Math.floor(chance() * options.rereadMs);
      }
      await everybody();
    },
    rotations: () =>
      [...history.table.values()].reduce(
        (sum, { record }) => sum + (record?.current?.generation ?? 1) - 1,
        0,
      ),
  };
  return scene;
}

const newConsumer = (name: string, isRestless: boolean): Consumer => ({
  name,
  isRestless,
  held: undefined,
  readAtMs: -Infinity,
});

/** A process of its own, with `between` before each operation of a port. */
function worldOf(
  { store, sink, clock, random }: SceneOptions,
  keys: readonly DesiredKey[],
  history: MemoryHistory,
  between: () => Promise<void>,
): World {
  const desired = { instance: "acme", keys, roles: [] };
  return {
    ...createUniverse().boot().world,
    load: () =>
      Promise.resolve({
        desired,
        source: { type: "directory", location: "test" },
        manifestDigest: digestOf(desired),
        notices: [],
      }),
    store: interrupted(store, between),
    sinks: new Map([["local", interrupted(sink, between)]]),
    ledger: interrupted(openMemoryLedger(history), between),
    clock,
    random,
    limits: { maxRevocations: 1_000, maxRevocationsPercent: 100, protectedKeys: [], ownKeyIds: [] },
    concurrency: 4,
  };
}

function interrupted<P extends object>(port: P, between: () => Promise<void>): P {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name === "list" || name === "events" || name === "note" || name === "close")
        return member.bind(target);
      return async (...args: readonly unknown[]): Promise<unknown> => {
        await between();
        return Reflect.apply(member, target, args);
      };
    },
  });
}

async function reconcile(world: World, requests: readonly KeyRequest[]): Promise<readonly string[]> {
  try {
    const { plan } = await makePlan(world, { requests });
    await applyPlan(plan, world, { leaseWaitMs: 0, holder: "test" });
    return plan.changes.flatMap((change) =>
      change.action === "rotate" ? change.reasons.map(({ code }) => code) : [],
    );
  } catch (error) {
    if (error instanceof ProcessDied) return [];
    throw error;
  } finally {
    await world.ledger.close();
  }
}
