/** What must be true of a trial after every death, and once it has healed. Gives faults as sentences; none is good. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fingerprintOf, last4Of } from "../../src/core/key-format.ts";
import type { KeyRecord } from "../../src/core/key-record.ts";
import { Secret } from "../../src/core/secret.ts";
import type { LiveKey } from "../../src/core/live.ts";
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
  readonly #seenLast4 = new Set<string>();

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
    const unseen = keys.filter(
      ({ status, last4 }) => status === "active" && !this.#seenLast4.has(last4 ?? ""),
    );
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
      return await ledger.records();
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
      this.#seenLast4.add(last4Of(Secret.of(value)));
    }
  }
}
