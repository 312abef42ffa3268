/** The options of a command that works on a key store itself; `readStorePlace` reads them. */

import type { Command } from "commander";

export interface StoreOptions {
  readonly directory: string;
  readonly databaseUrl?: string;
  readonly databaseUrlFile?: string;
  readonly pepperFile?: string;
  readonly kekFile?: string;
}

export const addStoreOptions = (command: Command): Command =>
  command
    .option("-d, --directory <directory>", "where the store's data is", ".keywright/store")
    .option(
      "--database-url <url>",
      "…the store is in PostgreSQL: postgres://… (a password is safer in the next)",
    )
    .option("--database-url-file <file>", "…the URL is in this file (or in KEYWRIGHT_DATABASE_URL)")
    .option("--pepper-file <file>", "where the pepper is, if apart from the data")
    .option("--kek-file <file>", "where the key-encryption key is, if apart from the data");
