/** `keywright runs …`: what earlier applies did. */

import type { Command } from "commander";
import type { Host } from "./host.ts";
import { formats } from "./run-options.ts";

export function addRuns(program: Command, host: Host, exit: (code: number) => void): void {
  const runs = program.command("runs").description("look at what earlier applies did");
  runs
    .command("list")
    .description("the runs, newest first")
    .addOption(formats("text", "json"))
    .option("-n, --limit <n>", "how many", "20")
    .action(async (_options, command: Command) => {
      const { listRuns } = await import("./commands/runs.ts");
      exit(await listRuns(host, command.optsWithGlobals()));
    });
  runs
    .command("show")
    .description("one run, whole")
    .argument("[run]", "its id or the beginning of it", "latest")
    .addOption(formats("text", "json", "markdown"))
    .action(async (id: string, _options, command: Command) => {
      const { showRun } = await import("./commands/runs.ts");
      exit(await showRun(host, id, command.optsWithGlobals()));
    });
}
