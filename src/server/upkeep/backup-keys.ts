/** Whether the key files at hand are those of a backup. */

import { KeywrightError } from "../../core/error.ts";
import type { StoreTable } from "../database/tables.ts";
import { sealedVersion } from "../key-material/envelope.ts";
import { KEYRINGS, type Keyring } from "../key-material/keyring.ts";
import { type KeyFiles, readKeyMaterialOf } from "../key-material/read-key-material.ts";
import { type Value, damaged } from "./backup-format.ts";
import type { Backup, BackupRow } from "./read-backup.ts";

/** Reads the backup to its end, so it throws INPUT_INVALID for a damaged one; STORE_UNUSABLE for other key files. */
export async function refuseUselessKeys(backup: Backup, files: KeyFiles): Promise<void> {
  let store: StoreTable | undefined;
  const used = { pepper: new Set<number>(), kek: new Set<number>() };
  for await (const row of backup.rows()) {
    const cell = cellsOf(row);
    if (row.table === "store") store = Object.fromEntries(cell) as unknown as StoreTable;
    noteVersions(row, cell, used);
  }
  if (store?.id !== backup.header.storeId) throw damaged("the store's own row");
  const { pepper, kek } = await readKeyMaterialOf(store, files);
  refuseIncomplete(pepper, files.pepperFile, used.pepper);
  refuseIncomplete(kek, files.kekFile, used.kek);
}

type Cells = ReadonlyMap<string, Value>;

const cellsOf = ({ columns, values }: BackupRow): Cells =>
  new Map(columns.map((column, index) => [column, values[index] ?? null]));

/** What a revoked key was digested with is not needed any more. */
function noteVersions(
  { table }: BackupRow,
  cell: Cells,
  used: { readonly pepper: Set<number>; readonly kek: Set<number> },
): void {
  const isLive = cell.get("revoked_at") === null;
  const pepper = cell.get("pepper_version");
  if (isLive && table !== "store" && typeof pepper === "number") used.pepper.add(pepper);
  const sealed = cell.get("sealed_key") ?? cell.get("sealed_value");
  if (typeof sealed === "string") used.kek.add(sealedVersion(sealed));
}

function refuseIncomplete({ kind, versions }: Keyring, path: string, used: ReadonlySet<number>): void {
  const missing = [...used].filter((version) => !versions.has(version));
  if (missing.length === 0) return;
  const { noun } = KEYRINGS[kind];
  throw new KeywrightError(
    "STORE_UNUSABLE",
    `The ${noun} file ${path} lacks version ${missing.join(", ")}, which this backup needs.`,
    { hint: `Take the copy of the ${noun} file from the time of the backup.` },
  );
}
