import type { FileHandle } from "node:fs/promises";

/** Puts `bytes` at `offset`, durably; when that fails, the file ends at `offset` again. */
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
