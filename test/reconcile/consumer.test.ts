/**
 * A consumer that reads its sink again only shortly before the overlap is over, and one that reads at any moment, also
 * in the middle of a run: neither is ever refused, whatever the key was rotated for, and also when a run dies.
 *
 * Not among the reasons: a key that somebody revoked, or that expired because nothing ran, refuses its consumers before
 * any run hears of it; one that leaked is meant to.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/duration.ts";
import type { Clock, KeyStore, Random } from "../../src/core/ports.ts";
import { openEmbeddedStore } from "../../src/server/open-embedded-store.ts";
import { createFileSink } from "../../src/sinks/file.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { openStore } from "../../src/stores/open-store.ts";
import { createMovableClock, createScene, type Scene } from "./consumer.fixture.ts";
import { aKey, seededRandom } from "./memory-world.fixture.ts";

const OVERLAP_MS = HOUR_MS;
/** A tick is a minute: a consumer that is due reads up to a minute late. */
const REREAD_MS = OVERLAP_MS - 2 * MINUTE_MS;
/** By `npm run test:exhaustive` a thousand. */
const ROTATIONS = process.env["PAIRS"] === "all" ? 1_000 : 250;
const NAMES = Array.from({ length: 20 }, (_, index) => `key-${index}`);

interface Wish {
  readonly role: "READ_ONLY" | "USER";
  readonly days: number;
  readonly serial: number;
  readonly trigger: DesiredKey["rotation"]["trigger"];
}

const LATE = { type: "at", fraction: 0.66 } as const;

const keysOf = ({ role, days, serial, trigger }: Wish): readonly DesiredKey[] =>
  NAMES.map((name) =>
    aKey(name, {
      roles: [{ type: "default", role }],
      expires: { type: "after", ms: days * DAY_MS },
      rotation: { trigger, overlapMs: OVERLAP_MS, serial },
    }),
  );

interface Act {
  /** Of the rotations that it leads to. */
  readonly code: string;
  readonly act: (
    scene: Scene,
    wish: Wish,
    place: Place,
  ) => Promise<{ wish: Wish; reasons: readonly string[] }>;
}

interface Place {
  readonly directory: string;
  readonly round: number;
}

/** Declares, and runs. */
async function changed(scene: Scene, wish: Wish) {
  scene.declare(keysOf(wish));
  return { wish, reasons: await scene.run() };
}

const otherRole = ({ role }: Wish): Wish["role"] => (role === "USER" ? "READ_ONLY" : "USER");

const ACTS: readonly Act[] = [
  {
    code: "roles-changed",
    act: (scene, wish) => changed(scene, { ...wish, role: otherRole(wish) }),
  },
  {
    code: "expiry-changed",
    act: (scene, wish) => changed(scene, { ...wish, days: wish.days === 90 ? 80 : 90 }),
  },
  {
    code: "serial-changed",
    act: (scene, wish) => changed(scene, { ...wish, serial: wish.serial + 1 }),
  },
  {
    code: "nearing-expiry",
    act: async (scene, wish) => {
      await scene.skip(61 * DAY_MS);
      return changed(scene, wish);
    },
  },
  {
    code: "age",
    act: async (scene, wish) => {
      const trigger = { type: "every", ms: 10 * DAY_MS } as const;
      await scene.skip(11 * DAY_MS);
      const { reasons } = await changed(scene, { ...wish, trigger });
      scene.declare(keysOf(wish));
      return { wish, reasons };
    },
  },
  {
    code: "sink-empty",
    act: async (scene, wish, { directory }) => {
      for (const name of NAMES) await rm(join(directory, name));
      return changed(scene, wish);
    },
  },
  {
    code: "on-demand",
    act: async (scene, wish) => {
      const requests = NAMES.map((name) => ({ type: "rotate" as const, name, reason: "a drill" }));
      return { wish, reasons: await scene.run({ requests }) };
    },
  },
  {
    code: "unfinished",
    act: async (scene, wish, { round }) => {
      const next = { ...wish, role: otherRole(wish) };
      scene.declare(keysOf(next));
      await scene.run({ diesAt: 60 + ((37 * round) % 120) });
      await scene.wait(1 + (round % 7));
      return { wish: next, reasons: await scene.run() };
    },
  },
];

type OpenStore = (clock: Clock, random: Random) => Promise<KeyStore>;

const mintingStore: OpenStore = (clock, random) =>
  Promise.resolve(createMemoryStore({ clock, random, mint: { by: "store", returnsId: false } }));

const embeddedStore: OpenStore = async (clock, random) => {
  const directory = await temporaryDirectory();
  const store = await openStore(
    { driver: "embedded", directory },
    {
      clock,
      random,
      openEmbedded: (settings) => openEmbeddedStore({ ...settings, clock, random }),
      readCredential: () => Promise.reject(new Error("the embedded store asks for none")),
    },
  );
  onTestFinished(() => store.close());
  return store;
};

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-consumer-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function openScene(open: OpenStore, rereadMs: number): Promise<{ scene: Scene; directory: string }> {
  const clock = createMovableClock();
  const random = seededRandom("consumers");
  const directory = await temporaryDirectory();
  const sink = await createFileSink({ directory, clock });
  const store = await open(clock, random);
  const scene = createScene(NAMES, { store, sink, directory, clock, random, rereadMs, pauseMs: 500 });
  return { scene, directory };
}

/** Until so many have come to their end, or a consumer was refused. Gives the codes of all reasons. */
async function rotate(scene: Scene, directory: string, rotations: number): Promise<ReadonlySet<string>> {
  let { wish } = await changed(scene, { role: "READ_ONLY", days: 90, serial: 1, trigger: LATE });
  await scene.skip(HOUR_MS);
  const met = new Set<string>();
  for (let round = 0; scene.rotations() < rotations && scene.counts.refused === 0; round += 1) {
    const { act } = ACTS[round % ACTS.length] as Act;
    const done = await act(scene, wish, { directory, round });
    wish = done.wish;
    for (const code of done.reasons) met.add(code);
    // Sometimes the next rotation comes within the overlap of the one before, sometimes well after it.
    await scene.wait([7, 45, 61, 90][round % 4] as number);
  }
  return met;
}

test.each<[string, OpenStore]>([
  ["secrets made here, the embedded store", embeddedStore],
  ["secrets made by the store, which tells no id", mintingStore],
])(`no consumer is refused over ${ROTATIONS} rotations: %s`, { timeout: 300_000 }, async (_name, open) => {
  const { scene, directory } = await openScene(open, REREAD_MS);
  const met = await rotate(scene, directory, ROTATIONS);
  expect(scene.refusals).toEqual([]);
  expect(scene.rotations()).toBeGreaterThanOrEqual(ROTATIONS);
  expect(scene.counts.requests).toBeGreaterThan(10 * ROTATIONS);
  expect([...met]).toEqual(expect.arrayContaining(ACTS.map(({ code }) => code)));
});

test("a consumer that reads its sink later than the overlap allows is refused: the ones above could be", async () => {
  const { scene, directory } = await openScene(mintingStore, OVERLAP_MS + 20 * MINUTE_MS);
  await rotate(scene, directory, 200);
  expect(scene.refusals).not.toEqual([]);
});
