/** `keywright drift`: what is not as it was applied, and, if told to, its mending. */

import { hasFindings, type DriftReport } from "../../core/drift/drift-report.ts";
import { EXIT, KeywrightError } from "../../core/error.ts";
import type { TellingCommand } from "../../core/telling/run-matters.ts";
import type { Logger } from "../../logger.ts";
import { checkDrift, type DriftCheck } from "../../reconcile/check-drift.ts";
import { acknowledgeForeign, rememberAlone } from "../../reconcile/remember-baseline.ts";
import { tellCheck } from "../../reconcile/tell-run.ts";
import { renderDrift } from "../../report/render-drift.ts";
import { plural } from "../../report/plural.ts";
import { renderRun } from "../../report/render-run.ts";
import type { OpenedWorld } from "../../wire/open-world.ts";
import { checkReason } from "../check-reason.ts";
import type { Host } from "../host.ts";
import { tellingWorld } from "../open-project.ts";
import {
  carryOut,
  EXIT_OF_RESULT,
  holder,
  isApproved,
  refuseViolations,
  type RunOptions,
  showPlan,
  waitOf,
} from "../plan-and-run.ts";
import { print } from "../print.ts";
import { tellUnsent } from "../tell-notices.ts";

export interface DriftCommandOptions extends RunOptions {
  readonly fix?: boolean;
  readonly acknowledge?: boolean;
  readonly reason?: string;
}

export function drift(host: Host, options: DriftCommandOptions): Promise<number> {
  refuseMixture(options);
  waitOf(options.wait);
  return tellingWorld(options.fix ? "drift --fix" : "drift")(host, options, async (opened, logger) => {
    const command: DriftCommand = { host, options, opened, logger };
    const check = await look(command);
    if (options.reason !== undefined) return acknowledge(command, check, checkReason(options.reason));
    if (options.fix) return fix(command, check);
    tell(command, check.report);
    await notify(command, check);
    return exitOf(check.report, logger);
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

/** `isFixed`: nothing is left to do for a fix. */
async function notify(
  { host, opened, logger }: DriftCommand,
  check: DriftCheck,
  isFixed = false,
): Promise<void> {
  const through: readonly TellingCommand[] = isFixed ? ["drift", "drift --fix"] : ["drift"];
  (await tellCheck(opened.world, check, through, host.signal)).forEach(tellUnsent(logger));
}

const tell = ({ host, options: { format } }: DriftCommand, report: DriftReport): void =>
  print(host, renderDrift(report, { format, colors: host.hasColors }), format);

/** A look that missed something is no proof that all is well. */
function exitOf(report: DriftReport, logger: Logger): number {
  if (hasFindings(report)) return EXIT.pending;
  if (report.unread.length === 0) return EXIT.done;
  logger.error("not everything could be looked at, so it cannot be said that nothing drifted");
  return EXIT.failure;
}

async function fix(command: DriftCommand, check: DriftCheck): Promise<number> {
  const { host, options, opened, logger } = command;
  const { facts, fix: plan } = check;
  const isText = options.format === "text";
  if (isText) tell(command, check.report);
  // Before it is mended: that somebody changed something is to be known all the same.
  await notify(command, check, plan.changes.length === 0);
  if (plan.changes.length === 0) {
    await rememberAlone(opened.world, facts, check.plan, holder());
    if (!isText) tell(command, check.report);
    return exitOf(check.report, logger);
  }
  showPlan(host, plan, facts.now, options);
  refuseViolations(plan);
  if (
    !(await isApproved(
      host,
      plan,
      options,
      "add --yes: only what is configured to be fixed, or due, is done",
    ))
  ) {
    return EXIT.failure;
  }
  const run = await carryOut(host, opened.world, plan, options, logger);
  if (isText) print(host, renderRun(run, { format: "text", colors: host.hasColors }));
  const after = await look(command);
  tell(command, { ...after.report, run });
  await notify(command, after, true);
  const code = EXIT_OF_RESULT[run.result](run);
  return code === EXIT.done ? exitOf(after.report, logger) : code;
}

async function acknowledge(command: DriftCommand, check: DriftCheck, reason: string): Promise<number> {
  const { host, options, opened } = command;
  const { facts, report } = check;
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
