/** `keywright ledger …`: what is asked of the ledger itself. */

import type { Command } from "commander";
import type { Host } from "./host.ts";
import { formats } from "./run-options.ts";

export function addLedgerCommands(program: Command, host: Host, exit: (code: number) => void): void {
  const ledger = program
    .command("ledger")
    .description("look after the ledger: what runs did, and may do next");
  ledger
    .command("verify")
    .description("read the whole ledger and check that nothing in it was changed, removed or put in")
    .option("--head <sequence:hash>", "as an earlier verify said it: the ledger must still contain that line")
    .addOption(formats("text", "json"))
    .action(async (_options, command: Command) => {
      const { verifyLedger } = await import("./commands/ledger.ts");
      exit(await verifyLedger(host, command.optsWithGlobals()));
    });
}
