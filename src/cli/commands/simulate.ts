/**
 * `keywright simulate`: the project's own manifests against a simulated store, simulated sinks and a simulated
 * ledger. Of the real ones nothing is opened; only manifests and configuration are read.
 */

import { resolve } from "node:path";
import { EXIT, KeywrightError } from "../../core/error.ts";
import type { DesiredState } from "../../core/desired.ts";
import type { Logger } from "../../logger.ts";
import { plural } from "../../report/plural.ts";
import { renderSimulation } from "../../report/render-simulation.ts";
import type { ManifestsSetting } from "../../simulation/manifests-scenario.ts";
import { type SimulableKeys, simulableKeys } from "../../simulation/simulable-keys.ts";
import { replaySchedule, simulateManifests } from "../../simulation/simulate-manifests.ts";
import type { SimulationReport } from "../../simulation/simulation-report.ts";
import { isReadableSink } from "../../sinks/open-sink.ts";
import type { StoreName } from "../../stores/store-profile.ts";
import type { Project } from "../../wire/read-project.ts";
import type { Host } from "../host.ts";
import { loggerFor, projectFor } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";
import { readSchedule, renderSchedule } from "../schedule-file.ts";
import { writeResult } from "../write-file.ts";

export interface SimulateOptions extends GlobalOptions {
  readonly format: "text" | "json";
  readonly seeds: string;
  readonly seed?: string;
  /** Default: the kind that is configured. */
  readonly store?: StoreName;
  readonly replay?: string;
  readonly out?: string;
}

export async function simulate(host: Host, options: SimulateOptions): Promise<number> {
  const report = await reportOf(host, options);
  print(host, renderSimulation(report, { format: options.format, colors: host.hasColors }), options.format);
  const { failure } = report;
  if (failure && options.out !== undefined) {
    await writeResult(resolve(host.cwd, options.out), renderSchedule(failure.schedule));
  }
  return failure || host.signal.aborted ? EXIT.failure : EXIT.done;
}

async function reportOf(host: Host, options: SimulateOptions): Promise<SimulationReport> {
  if (options.replay !== undefined) return replay(host, options.replay);
  const seed = options.seed === undefined ? undefined : wholeNumber("--seed", options.seed);
  const seeds = seed === undefined ? wholeNumber("--seeds", options.seeds, 1) : 1;
  const logger = loggerFor(host, options);
  const setting = await settingOf(await projectFor(host, options, logger), options, logger);
  const isShown = host.isInteractive && options.logFormat === "text";
  return simulateManifests(setting, {
    fromSeed: seed ?? 0,
    seeds,
    signal: host.signal,
    ...(isShown && { onSeed: (done) => showProgress(host, done, seeds) }),
  });
}

/** Its digest is no signature: a file that somebody made up may hold anything. */
async function replay(host: Host, file: string): Promise<SimulationReport> {
  try {
    return await replaySchedule(await readSchedule(host.cwd, file));
  } catch (error) {
    if (error instanceof KeywrightError) throw error;
    throw new KeywrightError("USAGE", `the schedule in ${file} cannot be replayed`, {
      hint: "replay what `keywright simulate --out` of this version wrote",
      cause: error,
    });
  }
}

/** What of the project the simulation is about. */
async function settingOf(
  project: Project,
  options: SimulateOptions,
  logger: Logger,
): Promise<ManifestsSetting> {
  const readAt = new Date();
  const { desired, issues } = await project.readManifests();
  if (!desired) throw new KeywrightError("INPUT_INVALID", "the manifests are not valid", { issues });
  if (desired.keys.length === 0) {
    throw new KeywrightError("USAGE", "the manifests declare no key, so there is nothing to simulate", {
      hint: "`keywright init` writes a first manifest",
    });
  }
  const { driver } = project.config.store;
  const { store = driver === "embedded" ? "keywright" : driver } = options;
  const { keys } = simulable(desired, store, readAt, logger);
  const sinks = [...project.config.sinks].map(([name, sink]) => {
    const readable = isReadableSink(sink.driver, sink);
    // What cannot be read back tells at least whether a value is still the one that was written.
    return { name, readable, inspectable: !readable };
  });
  const { maxRevocations, protectedKeys } = project.config.guards;
  return { desired: { ...desired, keys }, sinks, store, maxRevocations, protectedKeys, readAt };
}

/** What the store does not have is not simulated on it; when that is all, there is nothing to simulate. */
function simulable(desired: DesiredState, store: StoreName, readAt: Date, logger: Logger): SimulableKeys {
  const found = simulableKeys(desired, store, readAt);
  const issues = found.blocked.map(({ code, name, message, hint, at }) => {
    const issue = { code, severity: "error", message: `${name}: ${message}`, hint } as const;
    return at ? { ...issue, at } : issue;
  });
  if (found.keys.length === 0)
    throw new KeywrightError("INPUT_INVALID", `a store of the kind ${store} can be given none of the keys`, {
      issues,
    });
  for (const { name, code, message } of found.blocked)
    logger.warn({ key: name, code }, `left out of the simulation: ${message}`);
  return found;
}

function wholeNumber(option: string, text: string, least = 0): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new KeywrightError("USAGE", `${option} ${text} is no whole number from ${least} up`, {
    hint: `for example ${option} 1000`,
  });
}

const SHOWN_EVERY = 20;

function showProgress(host: Host, done: number, all: number): void {
  if (done === all) host.err("\r\u001b[2K");
  else if (done % SHOWN_EVERY === 0) host.err(`\r\u001b[2K${done} of ${plural(all, "schedule")}`);
}
