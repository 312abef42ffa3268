/** A project as the daemon needs it, read for one check. */

import { createDriftSchedule } from "../config/drift-schedule.ts";
import { KeywrightError } from "../core/error.ts";
import type { CheckTimes, DaemonProject, OpenedCheck } from "../daemon/daemon-ports.ts";
import type { Logger } from "../logger.ts";
import { isTimeZone } from "../manifests/end-of-day.ts";
import { noTimeZone } from "../manifests/no-time-zone.ts";
import { sealLedger } from "../reconcile/seal-world.ts";
import type { World } from "../reconcile/world.ts";
import type { Project } from "../wire/read-project.ts";
import { durationOf } from "./duration-of.ts";
import type { Host } from "./host.ts";
import { projectFor, silenced, type WorldOptions } from "./open-project.ts";
import { tellFailure } from "./tell-notices.ts";

export interface DaemonProjectOptions extends WorldOptions {
  readonly fix: boolean;
  readonly schedule?: string;
  readonly timezone?: string;
  readonly jitter?: string;
}

/** Throws USAGE where nobody says when checks come, or what is said is no schedule; otherwise as `readProject`. */
export async function readDaemonProject(
  host: Host,
  options: DaemonProjectOptions,
  logger: Logger,
): Promise<DaemonProject> {
  const project = await projectFor(host, options, logger);
  const times = timesOf(project, options);
  const { openLedgerOf } = await import("../wire/open-world.ts");
  const jitterMs = options.jitter === undefined ? project.config.drift?.jitterMs : jitterMsOf(options.jitter);
  return {
    times,
    ...(jitterMs !== undefined && { jitterMs }),
    openLedger: async () => sealLedger(await openLedgerOf(project)),
    openWorld: (signal) => openCheck(project, options, times, signal),
    tellFailure: async (error, signal) => {
      if (options.notify === false) return;
      await tellFailure(project, options.fix ? "drift --fix" : "drift", error, signal);
    },
  };
}

const jitterMsOf = (text: string): number =>
  text === "0" || text === "0m" ? 0 : durationOf("--jitter", text);

function timesOf({ config: { drift } }: Project, options: DaemonProjectOptions): CheckTimes {
  const schedule = options.schedule ?? drift?.schedule;
  if (schedule === undefined) {
    throw new KeywrightError("USAGE", "nobody says when checks come", {
      hint: 'write drift: { schedule: "17 6 * * *" } into the configuration, or give --schedule',
    });
  }
  const timeZone = options.timezone ?? drift?.timezone ?? "UTC";
  if (!isTimeZone(timeZone)) {
    const { message, hint } = noTimeZone(timeZone);
    throw new KeywrightError("USAGE", `--timezone: ${message}`, { ...(hint !== undefined && { hint }) });
  }
  const made = createDriftSchedule(schedule, timeZone);
  if (typeof made !== "string") return made;
  throw new KeywrightError("USAGE", `--schedule ${JSON.stringify(schedule)} is no schedule: ${made}`, {
    hint: 'write minute, hour, day of the month, month and day of the week, such as "17 6 * * *"',
  });
}

/** What keeps this schedule is measured by it, whatever the configuration says. */
async function openCheck(
  project: Project,
  { notify }: DaemonProjectOptions,
  times: CheckTimes,
  signal: AbortSignal,
): Promise<OpenedCheck> {
  const { openWorld } = await import("../wire/open-world.ts");
  const opened = await openWorld(project, signal);
  const timed = (world: World): World => ({
    ...world,
    longestSilenceMs: () => times.longestSilence(world.clock.now()).ms,
  });
  const { world, asRead, ...rest } = notify === false ? silenced(opened) : opened;
  return { ...rest, world: timed(world), asRead: timed(asRead) };
}
