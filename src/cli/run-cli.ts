/** Runs one command line to its exit code; see `EXIT` in `core/error.ts`. */

import { EXIT } from "../core/error.ts";
import type { Host } from "./host.ts";
import { createProgram } from "./program.ts";
import { type FailureSettings, reportFailure } from "./report-failure.ts";

export async function runCli(args: readonly string[], host: Host): Promise<number> {
  let code: number = EXIT.done;
  const settings = failureSettings(args);
  const exit = (given: number): void => {
    code = given;
  };
  const program = createProgram(host, exit, (text) => {
    if (settings.logFormat === "text") host.err(text);
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return reportFailure(error, host, settings);
  }
}

/** As the words say, for a command line that cannot be parsed has to be told of too. */
function failureSettings(args: readonly string[]): FailureSettings {
  const at = args.indexOf("--log-format");
  const isJson = args.includes("--log-format=json") || (at >= 0 && args[at + 1] === "json");
  return { logFormat: isJson ? "json" : "text", verbose: args.includes("--verbose") };
}
