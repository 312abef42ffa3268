/** From a project to the ports that reconciling needs. */

import { randomBytes } from "node:crypto";
import type { SinkConfig } from "../config/config.ts";
import { createDriftSchedule } from "../config/drift-schedule.ts";
import { resolveCredential } from "../config/resolve-credential.ts";
import type { DriftPolicy } from "../core/drift/finding.ts";
import { KeywrightError } from "../core/error.ts";
import type { Clock, KeyStore, Random, SecretSink, StoredLedger } from "../core/ports.ts";
import { redactError, redactSecrets } from "../core/redact.ts";
import type { Secret } from "../core/secret.ts";
import { type ProxySettings, proxySecrets, readProxySettings } from "../http/proxy.ts";
import { openLedger } from "../ledger/open-ledger.ts";
import type { Logger } from "../logger.ts";
import { sealWorld } from "../reconcile/seal-world.ts";
import type { LoadedManifests, World } from "../reconcile/world.ts";
import { printable } from "../report/printable.ts";
import { openSink } from "../sinks/open-sink.ts";
import { openStore } from "../stores/open-store.ts";
import { openGitHubAuth } from "./open-github-auth.ts";
import { openChannels } from "./open-channels.ts";
import { openVaultLogin } from "./open-vault-login.ts";
import type { Project } from "./read-project.ts";

const clock: Clock = { now: () => new Date() };
const random: Random = { bytes: (length) => randomBytes(length) };

export interface OpenedWorld {
  readonly world: World;
  /** The same, with the manifests that opening has read: what plans at once need not read them again. */
  readonly asRead: World;
  readonly driftPolicy: DriftPolicy;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** For whoever only looks: what a sink cannot log in with is missing where it is read, and not from the start. */
  readonly isLooking?: boolean;
}

/** Reads the manifests first: what is wrong with them is told before any store is asked. `signal` ends the asking. */
export async function openWorld(
  project: Project,
  signal?: AbortSignal,
  options: WorldOptions = {},
): Promise<OpenedWorld> {
  const { config } = project;
  const manifests = await loadManifests(project, project.logger);
  const proxy = readProxySettings(project.env);
  const credentials: Secret[] = proxy ? [...proxySecrets(proxy)] : [];
  const sinks = await openSinks(project, credentials, proxy, options);
  const ledger = await openLedgerOf(project);
  const store = await openStoreOf(project, credentials, proxy, signal);
  const ports: World = {
    load: () => loadManifests(project),
    store,
    sinks,
    ledger,
    channels: openChannels(project, proxy),
    clock,
    random,
    limits: { ...config.guards, isProduction: config.production },
    approvals: config.approvals,
    ...silenceOf(project),
    concurrency: Math.min(config.concurrency ?? Infinity, store.capabilities.concurrency),
  };
  const world = sealWorld(ports, credentials);
  return {
    world,
    asRead: { ...world, load: () => Promise.resolve(manifests) },
    driftPolicy: config.driftPolicy,
    close: async () => {
      await store.close();
      await ledger.close();
    },
  };
}

/** Found once, when somebody asks: a year of firings takes a while to look through. */
function silenceOf({ config: { drift } }: Project): Pick<World, "longestSilenceMs"> {
  const schedule = drift && createDriftSchedule(drift.schedule, drift.timezone);
  if (schedule === undefined || typeof schedule === "string") return {};
  let ms: number | undefined;
  return { longestSilenceMs: () => (ms ??= schedule.longestSilence(clock.now()).ms) };
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

async function openSinks(
  project: Project,
  credentials: Secret[],
  proxy: ProxySettings | undefined,
  options: WorldOptions,
): Promise<ReadonlyMap<string, SecretSink>> {
  const opened = [...project.config.sinks].map(
    async ([name, sink]) => [name, await openSinkOf(project, sink, credentials, proxy, options)] as const,
  );
  return new Map(await Promise.all(opened));
}

/** `credentials` gets what the sink is asked with. */
export async function openSinkOf(
  { env }: Project,
  sink: SinkConfig,
  credentials: Secret[],
  proxy: ProxySettings | undefined,
  { isLooking = false }: WorldOptions = {},
): Promise<SecretSink> {
  if (sink.driver === "file") {
    const { driver, paths: _, ...options } = sink;
    return openSink(driver, { ...options, clock });
  }
  const onToken = (secret: Secret): void => void credentials.push(secret);
  if (sink.driver === "github-actions") {
    const auth = await openGitHubAuth(sink.auth, env, onToken);
    return openSink(sink.driver, { ...sink, auth, clock, proxy, onToken });
  }
  if (sink.driver === "vault") {
    const { driver, paths: _, auth, ...options } = sink;
    const login = await openVaultLogin(auth, { env, clock, proxy, onSecret: onToken, isLate: isLooking });
    return openSink(driver, { ...options, login, clock, proxy, onToken });
  }
  const credential = await resolveCredential(sink.credential, env);
  credentials.push(credential);
  return openSink(sink.driver, { ...sink, credential, clock, proxy });
}

/** `credentials` gets what the store is asked with, so that no error tells it. */
export const openStoreOf = (
  { config: { store }, env }: Project,
  credentials: Secret[],
  proxy: ProxySettings | undefined,
  signal?: AbortSignal,
): Promise<KeyStore> =>
  openStore(store, {
    clock,
    random,
    proxy,
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
