/** Runs one command line to its exit code; see `EXIT` in `core/error.ts`. */

import { CommanderError } from "commander";
import { ERROR_CODES, EXIT, isKeywrightError } from "../core/error.ts";
import type { Host } from "./host.ts";
import { printError } from "./print.ts";
import { createProgram } from "./program.ts";

export async function runCli(args: readonly string[], host: Host): Promise<number> {
  let code: number = EXIT.done;
  const program = createProgram(host, (exit) => {
    code = exit;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.failure;
    const { renderError } = await import("../report/render-error.ts");
    const verbose = args.includes("--verbose");
    printError(host, renderError(error, { colors: host.hasColors, verbose }));
    return isKeywrightError(error) ? ERROR_CODES[error.code] : EXIT.failure;
  }
}
