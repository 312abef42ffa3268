/** Looks at a project for `keywright doctor`: each port is opened by itself, so that one that fails hides no other. */

import type { Finding } from "../core/check.ts";
import type { DesiredState } from "../core/desired.ts";
import { type Diagnosis, diagnose } from "../core/doctor.ts";
import type { ConfigFacts, DoctorFacts, ManifestFacts, ProjectFacts } from "../core/doctor-facts.ts";
import type { Clock } from "../core/ports.ts";
import { redactSecrets, shorten } from "../core/redact.ts";
import { rotationWindow } from "../core/rotation-window.ts";
import type { Secret } from "../core/secret.ts";
import { proxySecrets, type ProxySettings, readProxySettings } from "../http/proxy.ts";
import { examineLedger, examineSink, examineStore } from "../reconcile/examine-ports.ts";
import { type Looking, startLook } from "../reconcile/look.ts";
import { sealLedger, sealSink, sealStore } from "../reconcile/seal-world.ts";
import { configFacts, ownKeyOf } from "./config-facts.ts";
import { openConfigured } from "./open-channels.ts";
import { openLedgerOf, openSinkOf, openStoreOf } from "./open-world.ts";
import { planForDoctor } from "./plan-for-doctor.ts";
import type { ManifestReading, Project } from "./read-project.ts";

export interface DiagnosisOptions {
  /** `process.version`. */
  readonly nodeVersion: string;
  /** How long each part may take. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Hears that a part is not waited for any longer, and may still be under way. */
  readonly onLate: () => void;
  /** Hears of a part when it is begun, and gets what to call when it has ended. */
  readonly onPart: (part: string) => () => void;
}

/** As `engines` in package.json has it; a test compares the two. */
export const LEAST_NODE = "20.19";

const clock: Clock = { now: () => new Date() };

/** Never throws for what it finds. `read` gives the project, or throws what is wrong with its configuration. */
export async function diagnoseProject(
  read: () => Promise<Project>,
  options: DiagnosisOptions,
): Promise<Diagnosis> {
  const credentials: Secret[] = [];
  const looking = { ...options, clock };
  const project = await lookOnce(looking, "SOURCE_UNREADABLE", "configuration", options, read);
  const facts = {
    node: { version: options.nodeVersion, least: LEAST_NODE },
    ...(await gather(project, credentials, looking, options)),
    now: clock.now(),
  };
  return redacted(diagnose(facts), credentials);
}

async function gather(
  project: Finding<Project>,
  credentials: Secret[],
  looking: Looking,
  options: DiagnosisOptions,
): Promise<Pick<DoctorFacts, "config" | "project">> {
  if ("fault" in project) return { config: project };
  const { found, tookMs } = project;
  const proxy = readProxySettings(found.env);
  if (proxy) credentials.push(...proxySecrets(proxy));
  return {
    config: {
      found: { ...configFacts(found, clock.now()), ...(await channelFacts(found, proxy, looking)) },
      tookMs,
    },
    project: await examineProject(found, credentials, looking, options),
  };
}

/** Nobody is told anything. */
async function channelFacts(
  project: Project,
  proxy: ProxySettings | undefined,
  looking: Looking,
): Promise<Pick<ConfigFacts, "channels">> {
  const hint = "look whether the file of its credential can be read at all";
  const look = startLook(looking, { code: "CREDENTIAL_MISSING", hint });
  const channels = openConfigured(project, proxy).map(async ({ name, check }) => {
    const checked = await look.at(() => check());
    return { name, ...("fault" in checked && { fault: checked.fault }) };
  });
  try {
    return channels.length === 0 ? {} : { channels: await Promise.all(channels) };
  } finally {
    look.end();
  }
}

async function examineProject(
  project: Project,
  credentials: Secret[],
  looking: Looking,
  options: DiagnosisOptions,
): Promise<ProjectFacts> {
  const { config } = project;
  const reading = await lookOnce(looking, "SOURCE_UNREADABLE", "manifests", options, () =>
    project.readManifests(),
  );
  const desired = "found" in reading ? reading.found.desired : undefined;
  const proxy = readProxySettings(project.env);
  const told = <T>(part: string, work: () => Promise<T>): Promise<T> => {
    const end = options.onPart(part);
    return work().finally(end);
  };
  const sinks = [...config.sinks].map(async ([name, sink]) => {
    const open = async () => sealSink(await openSinkOf(project, sink, credentials, proxy), credentials);
    return [
      name,
      await told(`sink ${name}`, () => examineSink(open, slotsOf(desired, name), looking)),
    ] as const;
  });
  const [found, slots, ledger] = await Promise.all([
    told("store", () =>
      examineStore(
        async (signal) => sealStore(await openStoreOf(project, credentials, proxy, signal), credentials),
        { instance: config.instance, ...(desired && { desired }), ...ownKeyOf(config) },
        looking,
      ),
    ),
    Promise.all(sinks),
    told("ledger", () => examineLedger(async () => sealLedger(await openLedgerOf(project)), looking)),
  ]);
  const looked = { ...found, sinks: new Map(slots), ledger };
  const plan = await told("plan", () => planForDoctor(project, { ...looked, reading }, looking));
  return { manifests: manifestFacts(reading), ...looked, ...(plan && { plan }) };
}

async function lookOnce<T>(
  looking: Looking,
  code: string,
  part: string,
  { onPart }: DiagnosisOptions,
  work: () => Promise<T>,
): Promise<Finding<T>> {
  const look = startLook(looking, { code });
  const end = onPart(part);
  try {
    return await look.at(work);
  } finally {
    look.end();
    end();
  }
}

const slotsOf = (desired: DesiredState | undefined, sink: string) =>
  desired?.keys.flatMap(({ deliverTo }) => deliverTo).filter((slot) => slot.sink === sink);

function manifestFacts(reading: Finding<ManifestReading>): Finding<ManifestFacts> {
  if ("fault" in reading) return reading;
  const { desired, issues } = reading.found;
  const windows = (desired?.keys ?? []).flatMap((key) => rotationWindow(key) ?? []);
  const found = {
    declared: [
      ["key", desired?.keys.length ?? 0],
      ["role", desired?.roles.length ?? 0],
      ["security policy", desired?.policy ? 1 : 0],
      ["secret", desired?.secrets?.length ?? 0],
      ["IP allowlist", desired?.allowlist ? 1 : 0],
    ] as const,
    isValid: desired !== undefined,
    issues,
    ...(windows.length > 0 && { shortestWindowMs: Math.min(...windows) }),
  };
  return { found, tookMs: reading.tookMs };
}

/** The last net: what a store says of itself may say the credential back. */
function redacted(diagnosis: Diagnosis, credentials: readonly Secret[]): Diagnosis {
  const redact = (text: string): string => shorten(redactSecrets(text, credentials));
  const checks = diagnosis.checks.map(({ hint, ...check }) => ({
    ...check,
    name: redact(check.name),
    message: redact(check.message),
    ...(hint !== undefined && { hint: redact(hint) }),
  }));
  return { ...diagnosis, checks };
}
