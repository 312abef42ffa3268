/** The commands by which a person asks for the rotation, the custody or the end of a key. */

import type { Command } from "commander";
import { KeywrightError } from "../core/error.ts";
import type { Host } from "./host.ts";
import { addRunOptions } from "./run-options.ts";

const REASON = ["--reason <text>", "why, in one line; it is recorded with the run; required"] as const;
const OUT = ["-o, --out <file>", "save the plan instead, for `keywright apply <file>`"] as const;

export function addRequestCommands(program: Command, host: Host, exit: (code: number) => void): void {
  addRotate(program, host, exit);
  addTakeCustody(program, host, exit);
  addRevoke(program, host, exit);
  addLeak(program, host, exit);
}

function addRotate(program: Command, host: Host, exit: (code: number) => void): void {
  const command = program
    .command("rotate")
    .description("give keys a successor now; the old ones stay valid for their overlap")
    .argument("<key...>", "names, or ids in the store")
    .option(...REASON)
    .option(...OUT);
  addRunOptions(command).action(async (keys: readonly string[]) => {
    const { rotate } = await import("./commands/rotate.ts");
    exit(await rotate(host, keys, command.optsWithGlobals()));
  });
}

function addTakeCustody(program: Command, host: Host, exit: (code: number) => void): void {
  const command = program
    .command("take-custody")
    .description("give adopted keys successors in our sinks; the old ones stay valid for their overlap")
    .argument("<key...>", "names, or ids in the store")
    .option(...REASON)
    .option(...OUT);
  addRunOptions(command).action(async (keys: readonly string[]) => {
    const { takeCustody } = await import("./commands/take-custody.ts");
    exit(await takeCustody(host, keys, command.optsWithGlobals()));
  });
}

function addRevoke(program: Command, host: Host, exit: (code: number) => void): void {
  const command = program
    .command("revoke")
    .description("end keys at once: their consumers lose access until the next apply")
    .argument("<key...>", "names: all their live keys; or ids in the store")
    .option(...REASON)
    .option(...OUT);
  addRunOptions(command).action(async (keys: readonly string[]) => {
    const { revoke } = await import("./commands/revoke.ts");
    exit(await revoke(host, keys, command.optsWithGlobals()));
  });
}

function addLeak(program: Command, host: Host, exit: (code: number) => void): void {
  const command = program
    .command("leak")
    .description("replace a leaked key, which is pasted, and revoke it without overlap")
    .option("--stdin", "read the key from stdin, unseen: one line, never an argument; required")
    .option(...REASON)
    .option("--key <name>", "whose key it is, where several end alike")
    .allowExcessArguments();
  addRunOptions(command).action(async () => {
    refuseArgument(command);
    const { leak } = await import("./commands/leak.ts");
    exit(await leak(host, command.optsWithGlobals()));
  });
}

function refuseArgument(command: Command): void {
  if (command.args.length > 0) {
    throw new KeywrightError("USAGE", "a leaked key does not belong in an argument", {
      hint: "it stands in the shell's history and in the list of processes now; paste or pipe it: keywright leak --stdin",
    });
  }
  if (command.opts()["stdin"] === true) return;
  throw new KeywrightError("USAGE", "the leaked key is read from stdin alone", {
    hint: "add --stdin, and paste the key or pipe it; never as an argument",
  });
}
