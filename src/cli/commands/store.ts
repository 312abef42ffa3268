/** `keywright store backup|restore|rotate-pepper|rotate-kek`: what they did, and what is left to do. */

import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { KeywrightError } from "../../core/error.ts";
import { backupStore } from "../../server/upkeep/backup-store.ts";
import { type RestoreSummary, restoreStore } from "../../server/upkeep/restore-store.ts";
import * as kek from "../../server/upkeep/rotate-kek.ts";
import * as pepper from "../../server/upkeep/rotate-pepper.ts";
import { type StorePlace, keyFilesOf } from "../../server/upkeep/store-place.ts";
import type { Host } from "../host.ts";
import { readStorePlace } from "../read-store-place.ts";
import type { StoreOptions } from "../store-options.ts";

interface RotationOptions extends StoreOptions {
  readonly prepare?: boolean;
  readonly dropOld?: boolean;
}

export async function backup(host: Host, file: string, options: StoreOptions): Promise<number> {
  const place = await placeOf(host, options);
  const path = resolve(host.cwd, file);
  const { storeId, rows } = await backupStore(place, path, host.signal);
  const files = keyFilesOf(place);
  host.out(
    `Backed up the store ${storeId} to ${path}: ${describeRows(rows)}.
Standard keys are in it as digests, all that can be read again is sealed. It is worth nothing without these two
files, which are not in it; keep copies of them, apart from it:
  ${files.pepperFile}
  ${files.kekFile}
`,
  );
  return 0;
}

export async function restore(host: Host, file: string, options: StoreOptions): Promise<number> {
  const place = await placeOf(host, options);
  const summary = await restoreStore(place, resolve(host.cwd, file));
  host.out(
    `Restored the store ${summary.storeId} as it was at ${summary.createdAt}: ${describeRows(summary.rows)}.
${describeAudit(summary)}
What was revoked or changed after that instant is as before: do it again where it matters.
The administrators' keys are those of then; the file admin-token is not part of a backup.
`,
  );
  return 0;
}

export async function rotatePepper(host: Host, options: RotationOptions): Promise<number> {
  if (options.prepare && options.dropOld) {
    throw new KeywrightError("USAGE", "--prepare and --drop-old do not go together.", { hint: "Give one." });
  }
  const place = await placeOf(host, options);
  const { pepperFile } = keyFilesOf(place);
  if (options.prepare) return tellPrepared(host, pepperFile, await pepper.preparePepper(place));
  if (options.dropOld) {
    const version = await pepper.dropOldPeppers(place);
    host.out(`${pepperFile} holds version ${version} and none before it.\n`);
    tellOldBackups(host, "pepper");
    return 0;
  }
  const { version, older } = await pepper.rotatePepper(place);
  host.out(
    `New keys use version ${version} of the pepper. Back up ${pepperFile} now, apart from the database.\n`,
  );
  host.out(
    older.keys + older.tokens === 0
      ? "Nothing needs an earlier version: `--drop-old` removes them.\n"
      : `Earlier versions are needed by ${pepper.describeOlder(older)}; each moves when it is used next.
When none is left, \`--drop-old\` removes them.
`,
  );
  return 0;
}

export async function rotateKek(host: Host, options: RotationOptions): Promise<number> {
  const place = await placeOf(host, options);
  const { kekFile } = keyFilesOf(place);
  if (options.prepare) return tellPrepared(host, kekFile, await kek.prepareKek(place));
  const { version, resealed, hasResumed } = await kek.rotateKek(place);
  host.out(
    `${resealed} values were sealed again, and all are under version ${version} of the key-encryption key.
Back up ${kekFile} now, apart from the database.
`,
  );
  if (hasResumed) {
    host.out("This finished a rotation that had been stopped. For another version, run the command again.\n");
  }
  tellOldBackups(host, "key-encryption key");
  return 0;
}

const tellOldBackups = (host: Host, noun: string): void =>
  host.out(`Backups made before need the ${noun} file of their time: keep that as long as them.\n`);

function tellPrepared(host: Host, path: string, version: number): number {
  host.out(
    `${path} holds version ${version}, which nothing uses yet.
Copy the file to the store's other servers, then run the command without --prepare.
`,
  );
  return 0;
}

async function placeOf(host: Host, options: StoreOptions): Promise<StorePlace> {
  return {
    ...(await readStorePlace(host, options)),
    clock: { now: () => new Date() },
    random: { bytes: (length) => randomBytes(length) },
  };
}

const TOLD = {
  keys: ["key", "keys"],
  users: ["user", "users"],
  personal_tokens: ["personal token", "personal tokens"],
  secrets: ["secret", "secrets"],
  audit_log: ["audit entry", "audit entries"],
} as const;

const describeRows = (rows: Readonly<Record<string, number>>): string =>
  Object.entries(TOLD)
    .map(([table, [one, many]]) => `${rows[table] ?? 0} ${rows[table] === 1 ? one : many}`)
    .join(", ");

const describeAudit = ({ audit }: RestoreSummary): string =>
  audit.whole
    ? `The audit log's chain is whole, up to entry ${audit.head.seq}, which tells of this restore.`
    : `WARNING: the audit log's chain is broken at entry ${audit.firstBroken} (${audit.reason}). It was so in the backup.`;
