/** Files for secrets: 0600, regular, replaced as a whole or not at all, and never reached through a link. */

import { createHash } from "node:crypto";
import { fstatSync, type Stats } from "node:fs";
import { constants, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "../../disk/durable-directory.ts";
import { lstatIfThere } from "./safe-directory.ts";
import { errnoOf, unusable } from "./sink-fault.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Undefined when there is no such file. */
export async function readSafeFile(path: string): Promise<Buffer | undefined> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK a planted named pipe would keep us waiting for ever.
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    // What is known of an open file is in memory. A plan reads a file for each key: every promise less counts.
    const found = fstatSync(handle.fd);
    refuseUnsafe(path, found);
    return await readBytes(handle, found.size);
  } finally {
    await handle.close();
  }
}

/** Fewer than `size` only where the file ends earlier. */
async function readBytes(handle: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await handle.read(buffer, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Whether a file is there; throws when it is not one to write secrets to. */
export async function isSafeFile(path: string): Promise<boolean> {
  const found = await lstatIfThere(path);
  if (found) refuseUnsafe(path, found);
  return found !== undefined;
}

function refuseUnsafe(path: string, found: Stats): void {
  if (found.isSymbolicLink()) {
    throw unusable(
      `${path} is a symbolic link`,
      "remove it: secrets are never written or read through links",
    );
  }
  if (!found.isFile()) {
    throw unusable(`${path} is not a regular file`, "move it away or choose another path");
  }
  if ((found.mode & 0o077) !== 0) {
    throw unusable(`others may read or write ${path}`, `make it private: chmod 600 ${path}`);
  }
}

/** Durable when it resolves; when it throws, what stood at `path` still stands. One writer of `path` at a time. */
export async function replaceSafeFile(path: string, content: string): Promise<void> {
  await isSafeFile(path);
  const directory = dirname(path);
  const temporary = join(directory, temporaryName(path));
  const handle = await createTemporary(temporary);
  try {
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(directory);
}

/** Durable; nothing there is success. */
export async function removeSafeFile(path: string): Promise<void> {
  if (!(await isSafeFile(path))) return;
  await unlink(path);
  await syncDirectory(dirname(path));
}

/** Always the same name for a file, so that what a killed writer leaves is found and thrown away by the next. */
const temporaryName = (path: string): string =>
  `.kw-${createHash("sha256").update(basename(path)).digest("hex").slice(0, 16)}.tmp`;

/** What `temporaryName` gives. */
export const TEMPORARY_NAME = /\.kw-[0-9a-f]{16}\.tmp/;

async function createTemporary(path: string): Promise<FileHandle> {
  const left = await lstatIfThere(path);
  if (left && !left.isFile()) {
    throw unusable(`something that is no file stands at ${path}`, "remove it, and find out who put it there");
  }
  if (left) await unlink(path);
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}
