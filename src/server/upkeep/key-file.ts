/**
 * The two halves of every rotation, each in a change: the file gets the next version before the database names it, and
 * loses the old ones after nothing needs them. Whoever dies in between leaves a store that opens, and the same command
 * goes on from there: the file tells how far it came.
 */

import { KeywrightError } from "../../core/error.ts";
import type { StoreTable } from "../database/tables.ts";
import type { Change } from "../domain/change.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { replaceFile } from "../durable-file.ts";
import {
  KEYRINGS,
  type Keyring,
  type KeyringKind,
  keyringCheck,
  readKeyring,
  renderKeyring,
  withVersion,
  withoutOlder,
} from "../key-material/keyring.ts";
import { checkKeyring, refuseMissing } from "../key-material/read-key-material.ts";

/** One kind of key material of an open store. */
export interface KeyFile {
  readonly kind: KeyringKind;
  readonly path: string;
  readonly context: StoreContext;
}

export interface FoundKeyring {
  /** Its current version is the one that the database names. */
  readonly keyring: Keyring;
  readonly store: StoreTable;
}

/** What is in the file and in the database now. Throws STORE_UNUSABLE when they do not fit. */
export async function readKeyFile({ kind, path }: KeyFile, { transaction }: Change): Promise<FoundKeyring> {
  const store = await transaction.selectFrom("store").selectAll().executeTakeFirstOrThrow();
  const keyring = (await readKeyring(kind, path)) ?? refuseMissing(kind, path, store.id);
  const [current, check] =
    kind === "pepper"
      ? [store.pepper_version, store.pepper_check]
      : [store.kek_version ?? keyring.current, store.kek_check];
  checkKeyring(keyring, path, store.id, current, check);
  return { keyring: { ...keyring, current }, store };
}

/** Puts the next version into the file, unless it is there already; gives the keyring with that as its current one. */
export async function prepareVersion(file: KeyFile, { keyring }: FoundKeyring): Promise<Keyring> {
  const version = keyring.current + 1;
  if (keyring.versions.has(version)) return { ...keyring, current: version };
  const next = withVersion(keyring, version, file.context.random);
  await writeKeyFile(file, next);
  return next;
}

/** From the commit on, new rows are made with the next version. Gives the version. */
export async function nameVersion(file: KeyFile, made: Change, found: FoundKeyring): Promise<number> {
  const next = await prepareVersion(file, found);
  const { current: version } = next;
  const check = keyringCheck(next, version, found.store.id);
  const named =
    file.kind === "pepper"
      ? { pepper_version: version, pepper_check: check }
      : { kek_version: version, kek_check: check };
  await made.transaction.updateTable("store").set(named).execute();
  recordRotation(file, made, found.store.id, { currentVersion: version });
  return version;
}

export const hasOlder = ({ keyring }: FoundKeyring): boolean =>
  [...keyring.versions.keys()].some((version) => version < keyring.current);

/** Takes the versions before the current one out of the file. */
export async function dropOlder(
  file: KeyFile,
  made: Change,
  { keyring, store }: FoundKeyring,
): Promise<void> {
  await writeKeyFile(file, withoutOlder(keyring));
  const dropped = [...keyring.versions.keys()].filter((version) => version < keyring.current);
  recordRotation(file, made, store.id, { currentVersion: keyring.current, dropped });
}

/** The entry that makes running servers read the files again. */
const recordRotation = (
  { kind }: KeyFile,
  { record }: Change,
  storeId: string,
  details: Readonly<Record<string, unknown>>,
): void =>
  record({
    action: "ROTATE",
    objectType: "STORE",
    objectId: storeId,
    details: { keyring: kind, ...details },
  });

async function writeKeyFile({ kind, path }: KeyFile, keyring: Keyring): Promise<void> {
  try {
    await replaceFile(path, renderKeyring(keyring));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown";
    const { noun } = KEYRINGS[kind];
    throw new KeywrightError("STORE_UNUSABLE", `The ${noun} file ${path} cannot be replaced: ${reason}`, {
      hint: "Run as the user who owns it, on a file system that can be written; then run the command again.",
      cause,
    });
  }
}
