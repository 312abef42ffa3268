import type { Command } from "commander";
import type { Host } from "./host.ts";
import { formats } from "./run-options.ts";

/** `keywright doctor`. */
export function addDoctor(program: Command, host: Host, exit: (code: number) => void): void {
  program
    .command("doctor")
    .description("check store, credential, clock, sinks and ledger; changes nothing")
    .addOption(formats("text", "json"))
    .option("--limit <seconds>", "how long each of them may take to answer", "15")
    .action(async (_options, command: Command) => {
      const { doctor } = await import("./commands/doctor.ts");
      exit(await doctor(host, command.optsWithGlobals()));
    });
}
