/** `keywright daemon` and its options. */

import type { Command } from "commander";
import type { Host } from "./host.ts";

export function addDaemon(program: Command, host: Host, exit: (code: number) => void): void {
  const command = program
    .command("daemon")
    .description("check for drift at once and by schedule, and fix as `drift --fix` does, until it is ended")
    .option("--no-fix", "report only; change nothing")
    .option("--no-notify", "tell nobody but the log")
    .option("--schedule <cron>", "five fields (default: drift.schedule)")
    .option("--timezone <name>", "of the schedule (default: drift.timezone, or UTC)")
    .option("--jitter <duration>", "the most to wait after a time of the schedule (default: drift.jitter)")
    .option("--check-timeout <duration>", "how long one check may take", "30m")
    .option("--wait <duration>", "how long a fix waits for another apply to end", "5m")
    .option("--listen <host:port>", "serve /livez, /readyz and /metrics there")
    .option(
      "--allow-remote-listen",
      "…also where others reach it; whoever does reads names and states of keys",
    )
    .addHelpText(
      "after",
      "\nSeveral with one ledger share the work. SIGTERM ends it after the keys at hand, with 0; a second signal at once.",
    );
  command.action(async () => {
    const { daemon } = await import("./commands/daemon.ts");
    exit(await daemon(host, command.optsWithGlobals()));
  });
}
