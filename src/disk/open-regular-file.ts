import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

/** A named pipe, a device or a directory stands where a file should be. */
export class NotRegularFileError extends Error {
  override readonly name = "NotRegularFileError";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is no regular file`);
    this.path = path;
  }
}

/** Opens without waiting for whoever holds the other end of a named pipe. Throws NotRegularFileError and errors of the file system. */
export async function openRegularFile(path: string, flags: number, mode?: number): Promise<FileHandle> {
  const handle = await open(path, flags | constants.O_NONBLOCK, mode);
  const isRegular = await handle.stat().then(
    (found) => found.isFile(),
    () => false,
  );
  if (isRegular) return handle;
  await handle.close();
  throw new NotRegularFileError(path);
}
