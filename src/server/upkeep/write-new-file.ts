import { randomUUID } from "node:crypto";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { KeywrightError } from "../../core/error.ts";
import { syncDirectory } from "../../disk/durable-directory.ts";
import { isThere } from "./store-place.ts";

/**
 * Writes a new file (0600) that is there wholly or not at all, and durable when the promise resolves. Throws USAGE
 * when something is there already, or when it cannot be written.
 */
export async function writeNewFile<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const draft = `${path}.${randomUUID()}.new`;
  try {
    if (await isThere(path)) throw taken(path);
    const file = await open(draft, "wx", 0o600);
    let result: T;
    try {
      result = await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await putInPlace(draft, path);
    return result;
  } catch (error) {
    throw isSystemError(error) ? unwritable(path, error) : error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function putInPlace(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (isSystemError(error) && error.code === "EEXIST") throw taken(path);
    // Some file systems have no links.
    if (await isThere(path)) throw taken(path);
    await rename(draft, path);
  }
  await syncDirectory(dirname(path));
}

const isSystemError = (
  error: unknown,
): error is Error & { readonly code: string; readonly syscall: string } =>
  error instanceof Error && "syscall" in error && "code" in error;

const taken = (path: string): KeywrightError =>
  new KeywrightError("USAGE", `${path} exists already and is not overwritten.`, {
    hint: "Name another file.",
  });

const unwritable = (path: string, cause: Error): KeywrightError =>
  new KeywrightError("USAGE", `${path} cannot be written: ${cause.message}`, {
    hint: "Name a file in a directory that exists, has space, and that you may write to.",
    cause,
  });
