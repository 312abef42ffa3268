/** One run of the Action, from the runner's environment to the exit code of the step. */

import { EXIT } from "../core/error.ts";
import type { ActionHost } from "./action-host.ts";
import type { Mode } from "./inputs.ts";
import { isYes, readToken } from "./inputs.ts";
import { MODE_TABLE } from "./modes.ts";
import { openRun } from "./open-run.ts";
import { reportFailure } from "./report-failure.ts";
import { isSuccess } from "./is-success.ts";
import { createRunner, type Runner } from "./runner.ts";
import { type ProcessEnvironment, takeEnvironment } from "./take-environment.ts";

/** 0 where the step succeeds. Never throws, but where the runner's own files cannot be written. */
export async function runAction(host: ActionHost): Promise<number> {
  const env = takeEnvironment(host.env);
  const runner = createRunner({
    write: host.write,
    writeMask: host.writeMask,
    outputFile: env["GITHUB_OUTPUT"] ?? "",
    summaryFile: env["GITHUB_STEP_SUMMARY"] ?? "",
  });
  const token = readToken(env);
  if (token) runner.mask(token);
  const { code, mode } = await runMode(host, env, runner);
  runner.setOutput("exit-code", String(code));
  return isSuccess(code, mode, isYes(env, "fail-on-drift")) ? EXIT.done : code;
}

interface Ended {
  readonly code: number;
  /** Absent: it did not come so far. */
  readonly mode?: Mode;
}

async function runMode(host: ActionHost, env: ProcessEnvironment, runner: Runner): Promise<Ended> {
  try {
    const { mode, run, close } = await openRun(host, env, runner);
    try {
      for (const remark of run.remarks) runner.annotate("notice", {}, remark);
      return { mode, code: await MODE_TABLE[mode](run) };
    } finally {
      await close();
    }
  } catch (error) {
    return { code: reportFailure(error, runner) };
  }
}
