/** What must be true of a trial after every death, and once it has healed. Gives faults as sentences; none is good. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fingerprintOf } from "../../src/core/key-format.ts";
import type { KeyRecord } from "../../src/core/key-record.ts";
import { Secret } from "../../src/core/secret.ts";
import type { LiveKey, OwnedKey } from "../../src/core/live.ts";
import { hasTail, type SecretTail, tailOf } from "../../src/core/secret-tail.ts";
import { openFileLedger } from "../../src/ledger/file-ledger.ts";
import type { Project } from "../e2e/project.fixture.ts";
import { placeName } from "./consumers.fixture.ts";
import type { ProxiedRequest } from "./fault-proxy.fixture.ts";
import { pendingValues, type Place, readPlace, type TrialKey } from "./trial-project.fixture.ts";
import { ownedBy, type TrialStore } from "./trial-store.fixture.ts";

const LEDGER = ".keywright/ledger";

export class Judge {
  readonly #project: Project;
  readonly #store: TrialStore;
  readonly #instance: string;
  /** Of every value that ever stood in a sink. */
  readonly #seen = new Map<string, SecretTail>();

  constructor(project: Project, store: TrialStore, instance: string) {
    this.#project = project;
    this.#store = store;
    this.#instance = instance;
  }

  /** I7: what the store is about to be asked was announced in the ledger. */
  async unannounced(request: ProxiedRequest): Promise<readonly string[]> {
    const announcement = this.#store.announcementOf(request);
    if (!announcement) return [];
    const { effect, about = "" } = announcement;
    const ledger = await readFile(join(this.#project.directory, LEDGER, "ledger.jsonl"), "utf8").catch(
      () => "",
    );
    const isAnnounced = ledger
      .split("\n")
      .some(
        (line) =>
          line.includes('"type":"intent"') && line.includes(`"effect":"${effect}"`) && line.includes(about),
      );
    return isAnnounced ? [] : [`I7: ${effect} ${about} came without an intent`];
  }

  /** At any instant at which no process of the trial runs. `mostLive`: how many live keys one name may have. */
  async afterDeath(places: readonly Place[], mostLive: number): Promise<readonly string[]> {
    await this.#see(places);
    const keys = ownedBy(await this.#store.keys(), this.#instance);
    const underWay = this.#store.isMinting ? underWayIn(await this.#records()) : () => false;
    const unseen = keys.filter((key) => key.status === "active" && !this.#isSeen(key) && !underWay(key));
    const liveOf = (name: string): number => keys.filter(({ marker }) => marker.name === name).length;
    const names = [...new Set(keys.map(({ marker }) => marker.name))];
    const crowded = names.filter((name) => liveOf(name) > mostLive);
    return [
      ...unseen.map(({ marker }) => `I1: ${marker.name} g${marker.generation} is active and in no sink`),
      ...crowded.map((name) => `I5: ${name} has ${liveOf(name)} live keys`),
    ];
  }

  /** When all has been healed. */
  async converged(keys: readonly TrialKey[]): Promise<readonly string[]> {
    const records = await this.#records();
    const live = await this.#store.keys();
    const places = keys.flatMap((key) => key.places);
    await this.#see(places);
    return [
      ...(await Promise.all(keys.map((key) => this.#unserved(key, records.get(key.name), live)))).flat(),
      ...this.#orphans(records, keys, live),
      ...(await this.#leftovers()),
    ];
  }

  /** Reading the history to its end checks the hash chain. */
  async #records(): Promise<ReadonlyMap<string, KeyRecord>> {
    const directory = join(this.#project.directory, LEDGER);
    const ledger = openFileLedger({ directory, instance: this.#instance, clock: { now: () => new Date() } });
    try {
      for await (const event of ledger.events()) void event;
      // What has a slash in its name is about no key.
      return new Map([...(await ledger.records())].filter(([name]) => !name.includes("/")));
    } finally {
      await ledger.close();
    }
  }

  async #unserved(
    { name, places }: TrialKey,
    record: KeyRecord | undefined,
    live: readonly LiveKey[],
  ): Promise<readonly string[]> {
    const current = record?.current;
    if (!record || !current) return [`${name} has no current key in the ledger`];
    const faults = record.intent ? [`${name} has an open intent`] : [];
    for (const place of places) {
      const value = await readPlace(this.#project, place);
      const id = value === undefined ? undefined : await this.#store.identify(value);
      if (id !== current.id) faults.push(`${placeName(place)} does not hold the current key of ${name}`);
      if (value !== undefined && fingerprintOf(Secret.of(value)) !== current.fingerprint)
        faults.push(`${placeName(place)} and the ledger disagree on ${name}`);
    }
    const found = live.find(({ id }) => id === current.id);
    if (found?.marker?.operation !== current.operation || found.status !== "active")
      faults.push(`the current key of ${name} is not active, or not as marked`);
    return faults;
  }

  #orphans(
    records: ReadonlyMap<string, KeyRecord>,
    keys: readonly TrialKey[],
    live: readonly LiveKey[],
  ): readonly string[] {
    const declared = new Set(keys.map(({ name }) => name));
    const known = new Set(
      [...records.values()].flatMap(({ current, retiring }) => [
        current?.id,
        ...retiring.map(({ id }) => id),
      ]),
    );
    const owned = ownedBy(live, this.#instance);
    // A rename that dies before its last step leaves the old name's record behind; it ends with the key.
    const inUse = new Set<string | undefined>(owned.map(({ marker }) => marker.operation));
    const isSound = ({ id, status, marker }: (typeof owned)[number]): boolean =>
      status === "active" && known.has(id) && declared.has(marker.name);
    return [
      ...owned
        .filter((key) => !isSound(key))
        .map(({ marker, status }) => `${marker.name} g${marker.generation} is an orphan (${status})`),
      ...[...records.values()]
        .filter(({ name, current }) => !declared.has(name) && !inUse.has(current?.operation))
        .map(({ name }) => `${name} is still recorded`),
    ];
  }

  async #leftovers(): Promise<readonly string[]> {
    const pending = await pendingValues(this.#project);
    const names = await readdir(join(this.#project.directory, ".keywright"), { recursive: true });
    return [
      ...pending.map(() => "a value still waits in a pending stage"),
      ...names.filter((name) => name.endsWith(".tmp")).map((name) => `a draft was left: ${name}`),
    ];
  }

  async #see(places: readonly Place[]): Promise<void> {
    const read = await Promise.all(places.map((place) => readPlace(this.#project, place)));
    for (const value of [...read, ...(await pendingValues(this.#project))]) {
      if (value === undefined) continue;
      this.#project.watch(value);
      const tail = tailOf(Secret.of(value));
      this.#seen.set(`${tail.keyId} ${tail.last4}`, tail);
    }
  }

  #isSeen(key: LiveKey): boolean {
    return [...this.#seen.values()].some((tail) => hasTail(key, tail));
  }
}

/**
 * Whether the ledger knows that nobody may have the secret of a key: it comes from an attempt, or it is a twin of a key
 * that people use.
 */
function underWayIn(records: ReadonlyMap<string, KeyRecord>): (key: OwnedKey) => boolean {
  const all = [...records.values()];
  const attempts = new Set(
    all.flatMap(({ intent, abandoned = [] }) =>
      [intent, ...abandoned].flatMap((each) => each?.operation ?? []),
    ),
  );
  const used = new Map(
    all.flatMap(({ current, retiring }) =>
      [current, ...retiring].flatMap((each) => (each ? [[each.operation, each.id] as const] : [])),
    ),
  );
  return ({ id, marker: { operation } }) => attempts.has(operation) || (used.get(operation) ?? id) !== id;
}
