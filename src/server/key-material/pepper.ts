/**
 * The pepper: a secret outside the database, without which the digests in it are worth nothing. Its file is
 * versioned JSON: `{"current": 1, "peppers": {"1": "<base64 of 32 bytes>"}}`.
 */

import { createHmac } from "node:crypto";
import { KeywrightError } from "../../core/error.ts";
import type { Random } from "../../core/ports.ts";
import { writeOnce } from "../durable-file.ts";
import { readPrivateFile } from "../read-private-file.ts";

const LENGTH = 32;

export interface Pepper {
  readonly current: number;
  readonly versions: ReadonlyMap<number, Uint8Array>;
}

/** The pepper in `path`; undefined when the file is missing. Throws STORE_UNUSABLE when it is not a pepper file. */
export async function readPepper(path: string): Promise<Pepper | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  const pepper = parsePepper(text);
  if (pepper) return pepper;
  throw new KeywrightError("STORE_UNUSABLE", `${path} is not a pepper file.`, {
    hint: "Put the pepper file of this store back from your backup; without it no key of the store can be verified.",
  });
}

/** Makes a pepper file in `path`, or finds the one that another process has just made. */
export async function createPepper(path: string, random: Random): Promise<Pepper> {
  const value = Buffer.from(random.bytes(LENGTH)).toString("base64");
  await writeOnce(path, `${JSON.stringify({ current: 1, peppers: { "1": value } })}\n`);
  const pepper = await readPepper(path);
  if (pepper) return pepper;
  throw new KeywrightError("STORE_UNUSABLE", `${path} vanished while it was made.`, { hint: "Start again." });
}

/** HMAC-SHA-256 in hex of a key's SHA-256 (64 hex digits) under each version of the pepper, the current one first. */
export function pepperedDigests(pepper: Pepper, keyDigest: string): readonly string[] {
  const bytes = Buffer.from(keyDigest, "hex");
  const versions = [...pepper.versions].sort(
    ([a], [b]) => Number(b === pepper.current) - Number(a === pepper.current),
  );
  return versions.map(([, value]) => hmac(value, bytes));
}

/** The digest under which a new key is stored. */
export function pepperedDigest(pepper: Pepper, keyDigest: string): string {
  return hmac(versionOf(pepper, pepper.current), Buffer.from(keyDigest, "hex"));
}

/** Tells, without giving it away, whether a pepper is the one that a store was made with. */
export const pepperCheck = (pepper: Pepper, version: number, storeId: string): string =>
  hmac(versionOf(pepper, version), Buffer.from(`keywright pepper check ${storeId}`));

const hmac = (pepper: Uint8Array, bytes: Uint8Array): string =>
  createHmac("sha256", pepper).update(bytes).digest("hex");

function versionOf(pepper: Pepper, version: number): Uint8Array {
  const value = pepper.versions.get(version);
  if (value) return value;
  throw new KeywrightError(
    "STORE_UNUSABLE",
    `The pepper file lacks version ${version}, which this store uses.`,
    {
      hint: "Put the pepper file that belongs to this store back from your backup.",
    },
  );
}

function parsePepper(text: string): Pepper | undefined {
  const file = parseObject(text);
  const peppers = file?.["peppers"];
  const current = file?.["current"];
  if (typeof current !== "number" || typeof peppers !== "object" || peppers === null) return undefined;
  const versions = new Map(
    Object.entries(peppers).map(([version, value]) => [
      Number(version),
      Buffer.from(String(value), "base64"),
    ]),
  );
  const isSound = [...versions.values()].every((value) => value.length === LENGTH);
  return isSound && versions.has(current) ? { current, versions } : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
