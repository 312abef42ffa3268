/** What ended a command, on stderr: text for people, or one line of the log with `--log-format json`. */

import { CommanderError } from "commander";
import { ERROR_CODES, EXIT, isKeywrightError } from "../core/error.ts";
import type { Host } from "./host.ts";
import { printError } from "./print.ts";

export interface FailureSettings {
  readonly logFormat: "text" | "json";
  readonly verbose: boolean;
}

/** Gives the exit code. Faults of the command line are printed by its parser, except as JSON. */
export async function reportFailure(error: unknown, host: Host, settings: FailureSettings): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  if (settings.logFormat === "json") await logFailure(error, host, settings);
  else if (!(error instanceof CommanderError)) {
    const { renderError } = await import("../report/render-error.ts");
    printError(host, renderError(error, { colors: host.hasErrorColors, verbose: settings.verbose }));
  }
  return isKeywrightError(error) ? ERROR_CODES[error.code] : EXIT.failure;
}

async function logFailure(error: unknown, host: Host, { verbose }: FailureSettings): Promise<void> {
  const { createLogger } = await import("../logger.ts");
  const logger = createLogger({ format: "json", level: "info", colors: false }, (line) => host.err(line));
  const message = error instanceof Error ? error.message : "something that is no error was thrown";
  const stack = verbose && error instanceof Error ? { stack: error.stack } : {};
  logger.error({ ...failureFields(error), ...stack }, message);
}

function failureFields(error: unknown): object {
  if (error instanceof CommanderError) return { code: "USAGE" };
  if (!isKeywrightError(error)) return { code: "BUG" };
  const { code, hint, issues } = error;
  return { code, hint, ...(issues.length > 0 && { issues }) };
}
