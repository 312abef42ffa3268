/** `keywright simulate` and its options. */

import { type Command, Option } from "commander";
import { STORE_NAMES } from "../stores/store-profile.ts";
import type { Host } from "./host.ts";

export function addSimulate(program: Command, host: Host, exit: (code: number) => void): void {
  program
    .command("simulate")
    .description("try your manifests against a simulated store that fails; touches nothing real")
    .option("--seeds <n>", "how many schedules of faults", "300")
    .option("--seed <n>", "this one schedule")
    .option("--replay <file>", "a schedule that --out saved")
    .option("-o, --out <file>", "save the smallest schedule that breaks an invariant")
    .addOption(
      new Option(
        "--store <kind>",
        "which store the simulated one behaves like (default: the configured one)",
      ).choices(STORE_NAMES),
    )
    .addOption(new Option("-f, --format <format>", "of the output").choices(["text", "json"]).default("text"))
    .action(async (_options, command: Command) => {
      const { simulate } = await import("./commands/simulate.ts");
      exit(await simulate(host, command.optsWithGlobals()));
    });
}
