/**
 * Secrets of the store that live outside its database, each in versions: the pepper, without which the digests in
 * the database are worth nothing, and the key-encryption key, without which the sealed values are. A keyring's
 * file is JSON: `{"current": 1, "peppers": {"1": "<base64 of 32 bytes>"}}`, or with `"keks"`.
 */

import { createHmac } from "node:crypto";
import { KeywrightError } from "../../core/error.ts";
import type { Random } from "../../core/ports.ts";
import { writeOnce } from "../durable-file.ts";
import { readPrivateFile } from "../read-private-file.ts";

const LENGTH = 32;

/** What a keyring is for, as people call it and as its file does. */
export const KEYRINGS = {
  pepper: { noun: "pepper", member: "peppers", without: "no key of this store can be verified" },
  kek: {
    noun: "key-encryption key",
    member: "keks",
    without: "no advanced key and no secret of this store can be read",
  },
} as const;

export type KeyringKind = keyof typeof KEYRINGS;

export interface Keyring {
  readonly kind: KeyringKind;
  /** The version that new rows get. */
  readonly current: number;
  readonly versions: ReadonlyMap<number, Uint8Array>;
}

/** With one more version, made of new random bytes. */
export const withVersion = (keyring: Keyring, version: number, random: Random): Keyring => ({
  ...keyring,
  current: version,
  versions: new Map([...keyring.versions, [version, random.bytes(LENGTH)]]),
});

/** Without the versions before its current one. */
export const withoutOlder = (keyring: Keyring): Keyring => ({
  ...keyring,
  versions: new Map([...keyring.versions].filter(([version]) => version >= keyring.current)),
});

/** Undefined when the file is missing. Throws STORE_UNUSABLE when it is not such a file. */
export async function readKeyring(kind: KeyringKind, path: string): Promise<Keyring | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  const keyring = parseKeyring(kind, text);
  if (keyring) return keyring;
  const { noun, without } = KEYRINGS[kind];
  throw new KeywrightError("STORE_UNUSABLE", `${path} is not a ${noun} file.`, {
    hint: `Put the ${noun} file of this store back from your backup; without it ${without}.`,
  });
}

/** Makes a keyring file in `path`, or finds the one that another process has just made. */
export async function createKeyring(kind: KeyringKind, path: string, random: Random): Promise<Keyring> {
  const made: Keyring = { kind, current: 1, versions: new Map([[1, random.bytes(LENGTH)]]) };
  await writeOnce(path, renderKeyring(made));
  const keyring = await readKeyring(kind, path);
  if (keyring) return keyring;
  throw new KeywrightError("STORE_UNUSABLE", `${path} vanished while it was made.`, { hint: "Start again." });
}

export function renderKeyring({ kind, current, versions }: Keyring): string {
  const values = [...versions].map(([version, value]) => [version, Buffer.from(value).toString("base64")]);
  return `${JSON.stringify({ current, [KEYRINGS[kind].member]: Object.fromEntries(values) as object })}\n`;
}

/** Tells, without giving it away, whether a keyring is the one that a store was made with. */
export const keyringCheck = (keyring: Keyring, version: number, storeId: string): string =>
  createHmac("sha256", versionOf(keyring, version))
    .update(`keywright ${keyring.kind} check ${storeId}`)
    .digest("hex");

/** Throws STORE_UNUSABLE when the file lacks it. */
export function versionOf(keyring: Keyring, version: number): Uint8Array {
  const value = keyring.versions.get(version);
  if (value) return value;
  const { noun } = KEYRINGS[keyring.kind];
  throw new KeywrightError(
    "STORE_UNUSABLE",
    `The ${noun} file lacks version ${version}, which this store uses.`,
    { hint: `Put the ${noun} file that belongs to this store back from your backup.` },
  );
}

function parseKeyring(kind: KeyringKind, text: string): Keyring | undefined {
  const file = parseObject(text);
  const values = file?.[KEYRINGS[kind].member];
  const current = file?.["current"];
  if (typeof current !== "number" || typeof values !== "object" || values === null) return undefined;
  const versions = new Map(
    Object.entries(values).map(([version, value]) => [Number(version), Buffer.from(String(value), "base64")]),
  );
  const isSound = [...versions.values()].every((value) => value.length === LENGTH);
  return isSound && versions.has(current) ? { kind, current, versions } : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
