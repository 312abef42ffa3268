/** `keywright store …`: what is done to a key store from outside of a server. */

import type { Command } from "commander";
import type { Host } from "./host.ts";
import { addStoreOptions } from "./store-options.ts";

export function addStoreCommands(program: Command, host: Host, exit: (code: number) => void): void {
  const store = program.command("store").description("look after a key store, while its server runs or not");
  addCopies(store, host, exit);
  addRotations(store, host, exit);
  addStoreOptions(
    store
      .command("clear-allowlist")
      .description("empty the IP allowlist: the way back in for who is locked out"),
  ).action(async (_options, command: Command) => {
    const { clearAllowlist } = await import("./commands/clear-allowlist.ts");
    exit(await clearAllowlist(host, command.optsWithGlobals()));
  });
}

function addCopies(store: Command, host: Host, exit: (code: number) => void): void {
  addStoreOptions(
    store
      .command("backup")
      .description("copy the whole database to a new file, the same for each engine")
      .argument("<file>", "where; it must not exist"),
  ).action(async (file: string, _options, command: Command) => {
    const { backup } = await import("./commands/store.ts");
    exit(await backup(host, file, command.optsWithGlobals()));
  });
  addStoreOptions(
    store
      .command("restore")
      .description("put a backup into an empty database; also the way from one engine to the other")
      .argument("<file>", "what `keywright store backup` wrote"),
  ).action(async (file: string, _options, command: Command) => {
    const { restore } = await import("./commands/store.ts");
    exit(await restore(host, file, command.optsWithGlobals()));
  });
}

const PREPARE = [
  "--prepare",
  "only add the next version to the file, to be copied to other servers first",
] as const;

function addRotations(store: Command, host: Host, exit: (code: number) => void): void {
  addStoreOptions(
    store
      .command("rotate-pepper")
      .description("digest new keys with a new pepper; older keys move to it when they are used")
      .option(...PREPARE)
      .option("--drop-old", "remove earlier versions of the pepper, when no live key needs them"),
  ).action(async (_options, command: Command) => {
    const { rotatePepper } = await import("./commands/store.ts");
    exit(await rotatePepper(host, command.optsWithGlobals()));
  });
  addStoreOptions(
    store
      .command("rotate-kek")
      .description("seal advanced keys and secrets under a new key-encryption key")
      .option(...PREPARE),
  ).action(async (_options, command: Command) => {
    const { rotateKek } = await import("./commands/store.ts");
    exit(await rotateKek(host, command.optsWithGlobals()));
  });
}
