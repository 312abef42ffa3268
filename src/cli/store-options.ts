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
    .option("-d, --directory <directory>", "its data", ".keywright/store")
    .option("--database-url <url>", "keep it in PostgreSQL: postgres://… (a password is safer in the next)")
    .option("--database-url-file <file>", "…the URL is in this file (or in KEYWRIGHT_DATABASE_URL)")
    .option("--pepper-file <file>", "keep the pepper apart from the data")
    .option("--kek-file <file>", "keep the key-encryption key apart from the data");
