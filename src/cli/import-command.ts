/** `keywright import` and its options. */

import { type Command, Option } from "commander";
import type { Host } from "./host.ts";
import { formats } from "./run-options.ts";

export function addImport(program: Command, host: Host, exit: (code: number) => void): void {
  program
    .command("import")
    .description("write manifests for the keys that are in the store already; changes nothing else")
    .argument("[directory]", "where (default: where the configuration looks for manifests)")
    .addOption(
      new Option("--group <how>", "all into one directory, or one for each guessed owner")
        .choices(["flat", "owner"])
        .default("flat"),
    )
    .option("--only <glob>", "those whose names in the store match")
    .option("--dry-run", "say what would be written, and write nothing")
    .option("--stdout", "print the manifests, and write nothing")
    .addOption(formats("text", "json"))
    .action(async (directory: string | undefined, _options, command: Command) => {
      const { importKeys } = await import("./commands/import.ts");
      exit(await importKeys(host, directory, command.optsWithGlobals()));
    });
}
