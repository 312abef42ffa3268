/** Which key store a command works on: what `addStoreOptions` adds, and the environment. */

import { resolve } from "node:path";
import { KeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import { readPrivateFile } from "../server/read-private-file.ts";
import type { Host } from "./host.ts";
import type { StoreOptions } from "./store-options.ts";

/** As `openStoreDirectory` takes it. */
export interface StorePlace {
  readonly directory: string;
  readonly databaseUrl?: Secret;
  readonly pepperFile?: string;
  readonly kekFile?: string;
}

const VARIABLE = "KEYWRIGHT_DATABASE_URL";
const WITH_PASSWORD = /^\w+:\/\/[^/@]*:[^@]+@/;
const WARNING = `Warning: others on this machine can read the password in --database-url; use ${VARIABLE} or --database-url-file.\n`;

/** Throws USAGE for a database that is named twice, STORE_UNUSABLE for a file that is missing or that others may read. */
export async function readStorePlace(host: Host, options: StoreOptions): Promise<StorePlace> {
  const { pepperFile, kekFile } = options;
  const databaseUrl = await readDatabaseUrl(host, options);
  return {
    directory: resolve(host.cwd, options.directory),
    ...(databaseUrl && { databaseUrl }),
    ...(pepperFile !== undefined && { pepperFile: resolve(host.cwd, pepperFile) }),
    ...(kekFile !== undefined && { kekFile: resolve(host.cwd, kekFile) }),
  };
}

/** The command line wins over the environment. */
async function readDatabaseUrl(
  host: Host,
  { databaseUrl, databaseUrlFile }: StoreOptions,
): Promise<Secret | undefined> {
  if (databaseUrl !== undefined && databaseUrlFile !== undefined) {
    throw new KeywrightError("USAGE", "--database-url and --database-url-file both name a database.", {
      hint: "Give one of them.",
    });
  }
  if (databaseUrlFile !== undefined) return readUrlFile(resolve(host.cwd, databaseUrlFile));
  if (databaseUrl !== undefined) {
    if (WITH_PASSWORD.test(databaseUrl)) host.err(WARNING);
    return Secret.of(databaseUrl);
  }
  const fromEnvironment = host.env[VARIABLE];
  return fromEnvironment ? Secret.of(fromEnvironment) : undefined;
}

async function readUrlFile(path: string): Promise<Secret> {
  const text = (await readPrivateFile(path))?.trim();
  if (text) return Secret.of(text);
  throw new KeywrightError("STORE_UNUSABLE", `The database URL's file ${path} is missing or empty.`, {
    hint: "It holds one line: postgres://user:password@host:5432/database?sslmode=verify-full",
  });
}
