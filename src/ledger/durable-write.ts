/** Writes that are on the disk, or an error: when these promises resolve, power may fail. */

import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes `directory`, for this user only, and what is missing above it. */
export async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made))
    await syncDirectory(dirname(made));
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts `bytes` at `offset`; when that fails, the file ends at `offset` again. */
export async function writeAt(handle: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
    await handle.datasync();
  } catch (error) {
    await handle.truncate(offset).catch(() => undefined);
    throw error;
  }
}
