/** `keywright drift`: what is not as it was applied, and, if told to, its mending. */

import type { DriftReport } from "../../core/drift/drift-report.ts";
import { EXIT, KeywrightError } from "../../core/error.ts";
import type { Logger } from "../../logger.ts";
import { checkDrift, type DriftCheck } from "../../reconcile/check-drift.ts";
import { acknowledgeForeign } from "../../reconcile/remember-baseline.ts";
import { type DriftRun, runDrift } from "../../reconcile/run-drift.ts";
import { plural } from "../../report/plural.ts";
import { printable } from "../../report/printable.ts";
import { renderDrift } from "../../report/render-drift.ts";
import { renderRun } from "../../report/render-run.ts";
import type { OpenedWorld } from "../../wire/open-world.ts";
import { checkReason } from "../check-reason.ts";
import { holder } from "../holder.ts";
import type { Host } from "../host.ts";
import { tellingWorld } from "../open-project.ts";
import { applyOptionsOf, isApproved, type RunOptions, showPlan, waitOf } from "../plan-and-run.ts";
import { print } from "../print.ts";
import { rememberFailedCheck } from "../remember-failed-check.ts";

export interface DriftCommandOptions extends RunOptions {
  readonly fix?: boolean;
  readonly acknowledge?: boolean;
  readonly reason?: string;
}

export function drift(host: Host, options: DriftCommandOptions): Promise<number> {
  refuseMixture(options);
  waitOf(options.wait);
  const open = tellingWorld(
    options.fix ? "drift --fix" : "drift",
    options.acknowledge ? undefined : rememberFailedCheck,
  );
  return open(host, options, async (opened, logger) => {
    const command: DriftCommand = { host, options, opened, logger };
    if (options.reason !== undefined) return acknowledge(command, checkReason(options.reason));
    return checkAndFix(command);
  });
}

interface DriftCommand {
  readonly host: Host;
  readonly options: DriftCommandOptions;
  readonly opened: OpenedWorld;
  readonly logger: Logger;
}

function refuseMixture(options: DriftCommandOptions): void {
  const { fix: isFix = false, acknowledge: isAcknowledging = false, reason } = options;
  if (isFix && isAcknowledging) {
    throw new KeywrightError("USAGE", "--fix and --acknowledge are two things", {
      hint: "one after the other",
    });
  }
  if (isAcknowledging === (reason !== undefined)) return;
  const message = isAcknowledging ? "--acknowledge needs a --reason" : "--reason goes with --acknowledge";
  throw new KeywrightError("USAGE", message, {
    hint: "for example --acknowledge --reason 'keys of the billing team'",
  });
}

const look = ({ host, options, opened }: DriftCommand): Promise<DriftCheck> =>
  checkDrift(opened.asRead, {
    policy: opened.driftPolicy,
    allowed: options.allow ?? [],
    signal: host.signal,
  });

const tell = ({ host, options: { format } }: DriftCommand, report: DriftReport): void =>
  print(host, renderDrift(report, { format, colors: host.hasColors }), format);

/** As text each step is told as it comes, otherwise the end alone. */
async function checkAndFix(command: DriftCommand): Promise<number> {
  const { host, options, opened, logger } = command;
  const isText = options.format === "text";
  const { stop, ...apply } = applyOptionsOf(host, options, logger);
  try {
    const done = await runDrift(opened.world, {
      ...apply,
      asRead: opened.asRead,
      policy: opened.driftPolicy,
      isFixing: options.fix === true,
      ...(isText && { onChecked: ({ report }) => tell(command, report) }),
      onFix: (plan, { now }) => void showPlan(host, plan, now, options),
      approve: (plan) => isApproved(host, plan, options, FIX_HINT),
      onRun: (run) => {
        stop();
        if (isText) print(host, renderRun(run, { format: "text", colors: host.hasColors }));
      },
      onUnrecorded: (message) =>
        logger.warn(printable(`that this check was made could not be written down: ${message}`)),
    });
    return conclude(command, done);
  } finally {
    stop();
  }
}

const FIX_HINT = "add --yes: only what is configured to be fixed, or due, is done";

function conclude(command: DriftCommand, { report, run, isDeclined, exitCode }: DriftRun): number {
  if (isDeclined) return exitCode;
  if (run || command.options.format !== "text") tell(command, report);
  if (exitCode === EXIT.failure && report.counts.fix + report.counts.report === 0 && !isFailed(run)) {
    command.logger.error("not everything could be looked at, so it cannot be said that nothing drifted");
  }
  return exitCode;
}

const isFailed = (run: DriftRun["run"]): boolean => run !== undefined && run.result !== "applied";

async function acknowledge(command: DriftCommand, reason: string): Promise<number> {
  const { host, options, opened } = command;
  const { facts, report } = await look(command);
  const news = report.findings
    .filter((finding) => finding.class === "foreign")
    .map((finding) => ({ ...finding, response: "report" as const }));
  const counts = { fix: 0, report: news.length, ignore: 0, due: 0 };
  if (options.format === "text") tell(command, { ...report, findings: news, due: [], unread: [], counts });
  const isMeant = options.yes === true || (await isConfirmed(host, options, news.length));
  if (!isMeant) {
    host.err("Nothing was acknowledged.\n");
    return EXIT.failure;
  }
  const waitMs = waitOf(options.wait);
  await acknowledgeForeign(opened.world, facts, { reason, holder: holder(), waitMs, signal: host.signal });
  if (options.format === "text")
    host.out(
      `Known from now on: ${news.length} more, ${plural(facts.live.foreign.keys, "foreign key")} in all.\n`,
    );
  else tell(command, (await look(command)).report);
  return EXIT.done;
}

async function isConfirmed(host: Host, { format }: RunOptions, count: number): Promise<boolean> {
  if (host.isInteractive && format === "text") return host.confirm(`Take these ${count} keys as known?`);
  throw new KeywrightError("USAGE", "nobody can be asked here, so nothing was acknowledged", {
    hint: "look at `keywright drift`, then add --yes",
  });
}
