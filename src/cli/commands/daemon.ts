/** `keywright daemon`: checks for drift by schedule, until it is asked to end. */

import { randomBytes } from "node:crypto";
import { EXIT } from "../../core/error.ts";
import type { Clock } from "../../core/ports.ts";
import type { DaemonLog, DaemonOptions, DaemonPorts } from "../../daemon/daemon-ports.ts";
import { createDaemonState, lifelessness } from "../../daemon/daemon-state.ts";
import { createFigures } from "../../daemon/figures.ts";
import { type ListenAddress, parseListenAddress } from "../../daemon/listen-address.ts";
import { type DaemonEnd, runDaemon } from "../../daemon/run-daemon.ts";
import { type HealthServer, serveHealth } from "../../daemon/serve-health.ts";
import { waitUntil } from "../../daemon/wait-until.ts";
import type { Logger } from "../../logger.ts";
import { printable } from "../../report/printable.ts";
import { type DaemonProjectOptions, readDaemonProject } from "../daemon-project.ts";
import { durationOf } from "../duration-of.ts";
import { holder } from "../holder.ts";
import type { Host } from "../host.ts";
import { loggerFor } from "../open-project.ts";
import { waitOf } from "../plan-and-run.ts";
import { tellUnsent } from "../tell-notices.ts";

export interface DaemonCommandOptions extends DaemonProjectOptions {
  readonly fix: boolean;
  readonly checkTimeout: string;
  readonly wait: string;
  readonly listen?: string;
  readonly allowRemoteListen?: boolean;
}

const clock: Clock = { now: () => new Date() };

/** What cannot be read at the start ends it; what cannot be read later is tried again. */
export async function daemon(host: Host, options: DaemonCommandOptions): Promise<number> {
  const settings = settingsOf(host, options);
  const address = addressOf(options);
  const logger = loggerFor(host, options);
  const ports = portsOf(host, options, logger);
  const first = await ports.read();
  const state = createDaemonState(clock.now());
  const figures = createFigures();
  const health = address && (await serveHealth(address, pagesOf(settings, state, figures)));
  try {
    tellStart(logger, settings, health);
    const running = runDaemon({ ports, options: settings, state, figures }, first);
    const { rest } = await Promise.race([running, givenUp(host, running)]);
    logger.info({}, rest ? "ended, though a check did not" : "ended");
    if (!rest) return EXIT.done;
  } finally {
    await health?.close();
  }
  host.abandon?.(EXIT.failure);
  return EXIT.failure;
}

/** Longer than the daemon gives a check: what hangs elsewhere, such as a Git server, must not keep the process either. */
const LAST_MS = 3_000;

const givenUp = ({ deadline }: Host, rest: Promise<unknown>): Promise<DaemonEnd> =>
  new Promise((resolve) => {
    deadline.addEventListener("abort", () => setTimeout(() => resolve({ rest }), LAST_MS).unref(), {
      once: true,
    });
  });

const settingsOf = (host: Host, options: DaemonCommandOptions): DaemonOptions => ({
  isFixing: options.fix,
  holder: holder(),
  limitMs: durationOf("--check-timeout", options.checkTimeout),
  leaseWaitMs: waitOf(options.wait),
  signal: host.signal,
  deadline: host.deadline,
});

const addressOf = ({ listen, allowRemoteListen }: DaemonCommandOptions): ListenAddress | undefined =>
  listen === undefined ? undefined : parseListenAddress(listen, allowRemoteListen === true);

const portsOf = (host: Host, options: DaemonCommandOptions, logger: Logger): DaemonPorts => ({
  read: () => readDaemonProject(host, options, logger),
  clock,
  random: { bytes: (length) => randomBytes(length) },
  waitUntil: (instant, signal) => waitUntil(clock, instant, signal),
  log: printableLog(logger),
  onNoticeFailed: tellUnsent(logger),
});

/** Messages hold what stores and people wrote. */
const printableLog = (logger: Logger): DaemonLog => ({
  debug: (facts, message) => logger.debug(facts, printable(message)),
  info: (facts, message) => logger.info(facts, printable(message)),
  warn: (facts, message) => logger.warn(facts, printable(message)),
  error: (facts, message) => logger.error(facts, printable(message)),
});

const pagesOf = (
  { limitMs }: DaemonOptions,
  state: ReturnType<typeof createDaemonState>,
  figures: ReturnType<typeof createFigures>,
) => ({
  lifelessness: () => lifelessness(state, limitMs, clock.now()),
  unreadiness: () => (state.isEnding ? "ending" : state.unreadiness),
  figures,
});

function tellStart(logger: Logger, { isFixing }: DaemonOptions, health: HealthServer | undefined): void {
  const where = health ? `; probes and figures at ${health.url}` : "";
  const what = isFixing ? "checks and fixes" : "checks, and changes nothing";
  logger.info({ ...(health && { url: health.url }), isFixing }, `started: ${what}${where}`);
}
