/** From a project to the ports that reconciling needs. */

import { randomBytes } from "node:crypto";
import type { Config } from "../config/config.ts";
import { resolveCredential } from "../config/resolve-credential.ts";
import { KeywrightError } from "../core/error.ts";
import type { Clock, KeyStore, Random, SecretSink, StoredLedger } from "../core/ports.ts";
import { redactError, redactSecrets } from "../core/redact.ts";
import type { Secret } from "../core/secret.ts";
import { openLedger } from "../ledger/open-ledger.ts";
import type { Logger } from "../logger.ts";
import { createLogNotifier } from "../notify/log.ts";
import { sealWorld } from "../reconcile/seal-world.ts";
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

/** Reads the manifests first: what is wrong with them is told before any store is asked. `signal` ends the asking. */
export async function openWorld(project: Project, signal?: AbortSignal): Promise<OpenedWorld> {
  const { config } = project;
  const manifests = await loadManifests(project, project.logger);
  const sinks = await openSinks(config);
  const ledger = await openLedgerOf(project);
  const credentials: Secret[] = [];
  const store = await openStoreOf(project, credentials, signal);
  const ports: World = {
    load: () => loadManifests(project),
    store,
    sinks,
    ledger,
    notifier: createLogNotifier({
      warn: (facts, message) => project.logger.warn(facts, printable(message)),
    }),
    clock,
    random,
    limits: config.guards,
    concurrency: Math.min(config.concurrency ?? Infinity, store.capabilities.concurrency),
  };
  const world = sealWorld(ports, credentials);
  return {
    world,
    asRead: { ...world, load: () => Promise.resolve(manifests) },
    close: async () => {
      await store.close();
      await ledger.close();
    },
  };
}

export const openLedgerOf = ({ config: { ledger, instance }, env }: Project): Promise<StoredLedger> =>
  openLedger(ledger, {
    instance,
    clock,
    random,
    environment: env,
    readUrl: () => {
      if (ledger.driver === "postgres") return resolveCredential(ledger.url, env);
      throw new KeywrightError("CREDENTIAL_MISSING", `ledger driver ${ledger.driver} takes no address`);
    },
  });

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

/** `credentials` gets what the store is asked with, so that no error tells it. */
const openStoreOf = (
  { config: { store }, env }: Project,
  credentials: Secret[],
  signal?: AbortSignal,
): Promise<KeyStore> =>
  openStore(store, {
    clock,
    ...(signal && { signal }),
    openEmbedded: async (settings) => {
      // A whole server, which a store elsewhere does without.
      const { openEmbeddedStore } = await import("../server/open-embedded-store.ts");
      return openEmbeddedStore({ ...settings, clock, random });
    },
    readCredential: async () => {
      if (store.driver === "embedded")
        throw new KeywrightError("CREDENTIAL_MISSING", `store driver ${store.driver} takes no credential`);
      const credential = await resolveCredential(store.credential, env);
      credentials.push(credential);
      return credential;
    },
  }).catch((error: unknown) => {
    throw redactError(error, (text) => redactSecrets(text, credentials));
  });
