/**
 * One writer of a file at a time: within this process by a queue, among processes by a lock of the kernel's,
 * which a dead process loses. Every file has its own byte of one lock file.
 */

import { createHash } from "node:crypto";
import { constants, open, stat, type FileHandle } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { KeywrightError } from "../../core/error.ts";
import { unusable, withSinkFaults } from "./sink-fault.ts";

const LONGEST_PAUSE_MS = 10;
const LONGEST_WAIT_MS = 30_000;

/** Runs `work` while no other writer has `path`. */
export type FileTurns = <T>(path: string, work: () => Promise<T>) => Promise<T>;

/** `lockPath`: the lock file; its directory must exist by the time of the first turn. */
export function createFileTurns(lockPath: string): FileTurns {
  const turns = new Map<string, Promise<unknown>>();
  return async (path, work) => {
    const before = turns.get(path) ?? Promise.resolve();
    const result = before.then(() => withKernelLock(lockPath, path, work));
    const turn = result.catch(() => undefined);
    turns.set(path, turn);
    try {
      return await result;
    } finally {
      if (turns.get(path) === turn) turns.delete(path);
    }
  };
}

async function withKernelLock<T>(lockPath: string, path: string, work: () => Promise<T>): Promise<T> {
  const handle = await withSinkFaults(lockPath, () => lockByte(lockPath, byteOf(path)));
  if (!handle) {
    const what = `another process has kept ${path} locked for ${LONGEST_WAIT_MS / 1000} seconds`;
    throw new KeywrightError("SINK_WRITE_FAILED", what, {
      hint: "a suspended process may hold it (fuser tells which): let it go on, or end it",
    });
  }
  try {
    return await work();
  } finally {
    await handle.close();
  }
}

/** Two paths on one byte would only wait for each other: nobody holds two locks. */
const byteOf = (path: string): number => createHash("sha256").update(path).digest().readUIntBE(0, 6);

/** Asks again and again: a blocking wait would occupy a thread that the holder may need to let go. */
async function lockByte(lockPath: string, byte: number): Promise<FileHandle | undefined> {
  const { tryLock } = await loadNative();
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  for (let waited = 0, pause = 1; waited <= LONGEST_WAIT_MS; waited += pause) {
    const handle = await open(lockPath, flags, 0o600);
    let isLocked = false;
    try {
      isLocked = tryLock(handle.fd, byte, 1, { shared: false }) && (await isAt(handle, lockPath));
    } finally {
      if (!isLocked) await handle.close();
    }
    if (isLocked) return handle;
    await delay(pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
  return undefined;
}

async function isAt(handle: FileHandle, path: string): Promise<boolean> {
  const [held, found] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)]);
  return found?.ino === held.ino && found.dev === held.dev;
}

async function loadNative(): Promise<typeof import("fs-native-extensions")> {
  try {
    return await import("fs-native-extensions");
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    const hint =
      "reinstall the dependencies on this machine; there are builds for Linux (glibc), macOS and Windows";
    throw unusable(`no kernel file locks on ${platform}: fs-native-extensions does not load`, hint, error);
  }
}
