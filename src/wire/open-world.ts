/** From a project to the ports that reconciling needs. */

import { randomBytes } from "node:crypto";
import type { Config } from "../config/config.ts";
import { resolveCredential } from "../config/resolve-credential.ts";
import { KeywrightError } from "../core/error.ts";
import type { Clock, KeyStore, Ledger, Random, SecretSink } from "../core/ports.ts";
import { openLedger } from "../ledger/open-ledger.ts";
import type { Logger } from "../logger.ts";
import type { LoadedManifests, World } from "../reconcile/world.ts";
import { printable } from "../report/printable.ts";
import { openSink } from "../sinks/open-sink.ts";
import { openStore } from "../stores/open-store.ts";
import type { Project } from "./read-project.ts";

const clock: Clock = { now: () => new Date() };
const random: Random = { bytes: (length) => randomBytes(length) };

export interface OpenedWorld {
  readonly world: World;
  /** The same, with the manifests that opening has read: what plans at once need not read them again. */
  readonly asRead: World;
  close(): Promise<void>;
}

/** Reads the manifests first: what is wrong with them is told before any store is asked. */
export async function openWorld(project: Project): Promise<OpenedWorld> {
  const { config } = project;
  const manifests = await loadManifests(project, project.logger);
  const sinks = await openSinks(config);
  const ledger = await openLedgerOf(project);
  const store = await openStoreOf(project);
  const world: World = {
    load: () => loadManifests(project),
    store,
    sinks,
    ledger,
    clock,
    random,
    limits: config.guards,
    concurrency: Math.min(config.concurrency ?? Infinity, store.capabilities.concurrency),
  };
  return {
    world,
    asRead: { ...world, load: () => Promise.resolve(manifests) },
    close: async () => {
      await store.close();
      await ledger.close();
    },
  };
}

export const openLedgerOf = ({ config: { ledger, instance } }: Project): Promise<Ledger> =>
  openLedger(ledger.driver, { directory: ledger.directory, instance, clock });

/** `warnings` hears of what is no error. */
async function loadManifests(project: Project, warnings?: Logger): Promise<LoadedManifests> {
  const { desired, digest, source, issues, notices } = await project.readManifests();
  if (!desired || digest === undefined) {
    throw new KeywrightError("INPUT_INVALID", "the manifests are not valid", { issues });
  }
  for (const { code, message } of issues) warnings?.warn({ code }, `${code} ${printable(message)}`);
  return { desired, source, manifestDigest: digest, notices };
}

async function openSinks({ sinks }: Config): Promise<ReadonlyMap<string, SecretSink>> {
  const opened = [...sinks].map(async ([name, { driver, paths: _, ...options }]) => {
    return [name, await openSink(driver, { ...options, clock })] as const;
  });
  return new Map(await Promise.all(opened));
}

const openStoreOf = ({ config: { store }, env }: Project): Promise<KeyStore> =>
  openStore(store, {
    openEmbedded: async (settings) => {
      // A whole server, which a store elsewhere does without.
      const { openEmbeddedStore } = await import("../server/open-embedded-store.ts");
      return openEmbeddedStore({ ...settings, clock, random });
    },
    readCredential: () => {
      if (store.driver === "keywright") return resolveCredential(store.credential, env);
      throw new KeywrightError("CREDENTIAL_MISSING", `store driver ${store.driver} takes no credential`);
    },
  });
