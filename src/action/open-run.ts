/** Everything up to the mode: inputs, event, configuration, masks, permission. Nothing is said before the masks are. */

import { createLogger } from "../logger.ts";
import type { ActionHost } from "./action-host.ts";
import type { ActionRun } from "./action-run.ts";
import { decideMode, protectedBranchOf } from "./decide-mode.ts";
import { logGitIn } from "./git-login.ts";
import { type Mode, readInputs } from "./inputs.ts";
import { maskCredentials } from "./mask-credentials.ts";
import { openOwnRepository } from "./open-own-repository.ts";
import { refuseUnfit } from "./refuse-unfit.ts";
import { readRunContext } from "./run-context.ts";
import type { Runner } from "./runner.ts";
import { dropCredentials, type ProcessEnvironment } from "./take-environment.ts";

export interface OpenedRun {
  /** May be another one than was asked for: see `permit`. */
  readonly mode: Mode;
  readonly run: ActionRun;
  readonly close: () => Promise<void>;
}

/** `env`: of `takeEnvironment`. */
export async function openRun(host: ActionHost, env: ProcessEnvironment, runner: Runner): Promise<OpenedRun> {
  const inputs = readInputs(env);
  const context = await readRunContext(env);
  const logger = createLogger({ format: "text", level: "info", colors: false }, (line) => runner.out(line));
  const { mode, project, remarks } = await decideMode(
    { context, inputs, env, logger },
    async (credentials) => {
      await maskCredentials(runner, credentials, env);
      dropCredentials(host.env, credentials);
    },
  );
  if (mode !== "validate") refuseUnfit(project.config);
  if (mode !== "validate" && project.config.ledger.driver === "git" && inputs.token)
    await logGitIn({ env, ...context }, inputs.token, (header) => runner.mask(header));
  const repository =
    mode === "validate"
      ? undefined
      : await openOwnRepository({ context, inputs, project, runner, signal: host.signal });
  const run: ActionRun = {
    context,
    inputs,
    runner,
    logger,
    project,
    remarks,
    protectedBranch: protectedBranchOf(project, context),
    ...(repository && { repository }),
    signal: host.signal,
    deadline: host.deadline,
  };
  return { mode, run, close: async () => repository?.close() };
}
