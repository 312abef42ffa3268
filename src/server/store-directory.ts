/**
 * A store's data directory:
 *
 *   store.db       the database (and its -wal and -shm while it is open), unless it is one of PostgreSQL's
 *   pepper.json    the pepper, unless it is kept elsewhere
 *   kek.json       the key-encryption key, likewise
 *   admin-token    the first administrator's key, written at the first start only
 *
 * The first start makes them in an order in which each step can be the last one before a crash: the pepper is on
 * disk before the database names it, and the token is on disk before its digest is registered. Every step finds
 * out by itself whether it is done, so the next start, or another one at the same time, goes on from there.
 */

import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { KeywrightError, isKeywrightError } from "../core/error.ts";
import type { KeyFormat } from "../core/key-format.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { registerAdmin } from "./admin-token.ts";
import { migrate } from "./database/migrate.ts";
import { openPostgres } from "./database/open-postgres.ts";
import { openSqlite } from "./database/open-sqlite.ts";
import type { OpenedDatabase } from "./database/opened-database.ts";
import { change } from "./domain/change.ts";
import { SYSTEM } from "./domain/audit.ts";
import { createStoreContext } from "./domain/create-store-context.ts";
import type { StoreContext } from "./domain/store-context.ts";
import { sweepLapsedKeys } from "./domain/sweep.ts";
import { removeDrafts } from "./durable-file.ts";
import { isMissing } from "./is-missing.ts";
import { openKeyMaterial } from "./key-material/open-key-material.ts";

export interface StoreDirectoryOptions {
  readonly directory: string;
  /** `postgres://…`: the database, in place of `store.db`. */
  readonly databaseUrl?: Secret;
  /** Default: `pepper.json` in the directory. */
  readonly pepperFile?: string;
  /** Default: `kek.json` in the directory. */
  readonly kekFile?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: `kw_live_…`. */
  readonly keyFormat?: KeyFormat;
}

export interface OpenedDirectory {
  readonly context: StoreContext;
  readonly adminTokenFile: string;
  /** Whether this opening registered the first administrator. */
  readonly firstStart: boolean;
  close(): Promise<void>;
}

const DEFAULT_FORMAT: KeyFormat = { prefix: "kw", environment: "live" };
const WRITABLE_BY_OTHERS = 0o022;

/** Opens the directory, making what is missing. Throws STORE_UNUSABLE with what to do when it cannot be used. */
export async function openStoreDirectory(options: StoreDirectoryOptions): Promise<OpenedDirectory> {
  await makeDirectory(options.directory);
  const opened = await openDatabase(options);
  const { tables: database } = opened;
  try {
    const { clock, random, keyFormat = DEFAULT_FORMAT } = options;
    await migrate(database, clock.now());
    const pepperFile = options.pepperFile ?? join(options.directory, "pepper.json");
    const kekFile = options.kekFile ?? join(options.directory, "kek.json");
    const files = { pepperFile, kekFile };
    const { storeId, ...keyMaterial } = await openKeyMaterial(database, { ...options, ...files });
    const context = createStoreContext(opened, keyMaterial, files, { clock, random, storeId, keyFormat });
    const adminTokenFile = join(options.directory, "admin-token");
    const firstStart = await registerAdmin(context, adminTokenFile);
    const made = [join(options.directory, "store.db"), pepperFile, kekFile, adminTokenFile];
    await Promise.all(made.map(removeDrafts));
    await change(context, SYSTEM, sweepLapsedKeys);
    const close = async () => {
      await context.redigester.idle();
      // When keys were last used is nothing that a stop should fail for.
      await context.usage.flush().catch(() => undefined);
      await database.destroy();
    };
    return { context, adminTokenFile, firstStart, close };
  } catch (error) {
    await database.destroy();
    throw isKeywrightError(error) ? error : unusable(opened.where, error);
  }
}

async function openDatabase({ directory, databaseUrl }: StoreDirectoryOptions): Promise<OpenedDatabase> {
  const path = join(directory, "store.db");
  const hasFile = await isThere(path);
  if (databaseUrl) {
    if (!hasFile) return openPostgres(databaseUrl);
    throw new KeywrightError(
      "STORE_UNUSABLE",
      `${directory} holds a SQLite store; one in PostgreSQL needs its own directory.`,
      {
        hint: "Choose another --directory, or leave the database URL out.",
      },
    );
  }
  // The token is written after the database: this is no first start.
  const isEmpty = !hasFile || (await stat(path)).size === 0;
  if (!isEmpty || !(await isThere(join(directory, "admin-token")))) return openSqlite(path);
  const database = hasFile ? "an empty store.db" : "no store.db";
  throw new KeywrightError("STORE_UNUSABLE", `${directory} has an admin-token but ${database}.`, {
    hint: "If the store is in PostgreSQL, give its database URL; else put store.db back from your backup.",
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw unusable(path, error);
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const { mode } = await stat(path);
    if ((mode & WRITABLE_BY_OTHERS) === 0) return;
  } catch (error) {
    throw unusable(path, error);
  }
  throw new KeywrightError(
    "STORE_UNUSABLE",
    `Others than its owner may change the store's directory ${path}.`,
    {
      hint: `Run: chmod 700 ${path}`,
    },
  );
}

function unusable(where: string, cause: unknown): KeywrightError {
  const reason = cause instanceof Error ? cause.message : "unknown";
  return new KeywrightError("STORE_UNUSABLE", `The store in ${where} cannot be opened: ${reason}`, {
    hint:
      "Check that this user owns the directory and may write it, and that its disk is neither full nor read-only; " +
      "in PostgreSQL, that this user may create tables.",
    cause,
  });
}
