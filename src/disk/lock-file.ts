/**
 * Locks that the kernel gives to an open file and takes back when its process ends, however it ends. Two
 * openings exclude each other also within one process. Waiting asks again every few milliseconds: a blocking
 * wait would occupy a thread that the holder may need in order to let go.
 */

import { constants } from "node:fs";
import { stat, type FileHandle } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { KeywrightError } from "../core/error.ts";
import { openRegularFile } from "./open-regular-file.ts";

const LONGEST_PAUSE_MS = 10;

type Native = Pick<typeof import("fs-native-extensions"), "tryLock">;

export interface LockRequest {
  /** Shared locks stand beside each other, but not beside an exclusive one. A shared lock creates no file. */
  readonly mode: "exclusive" | "shared";
  /** Locks this one byte of the file, which need not be there, instead of the whole. */
  readonly byte?: number;
  /** How long to wait for others; 0 asks once. */
  readonly waitMs: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

export interface HeldLock {
  readonly handle: FileHandle;
  /** Whether the locked file still stands at its path: if not, the lock excludes nobody any more. */
  isInPlace(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Locks the file at `path`; undefined when others do not let go in time. Throws errors of the file system,
 * NotRegularFileError, and PLATFORM_UNSUPPORTED where no kernel lock is to be had. `load` gets the native part.
 */
export async function lockFile(
  path: string,
  request: LockRequest,
  load: () => Promise<Native> = () => import("fs-native-extensions"),
): Promise<HeldLock | undefined> {
  const native = await load().catch(refusePlatform);
  const isShared = request.mode === "shared";
  const [offset, length] = request.byte === undefined ? [0, 0] : [request.byte, 1];
  const flags = isShared ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT;
  for (let waited = 0, pause = 1; ; waited += pause, pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const handle = await openRegularFile(path, flags | constants.O_NOFOLLOW, 0o600);
    let isLocked = false;
    try {
      isLocked =
        native.tryLock(handle.fd, offset, length, { shared: isShared }) && (await isAt(handle, path));
    } finally {
      if (!isLocked) await handle.close();
    }
    if (isLocked) return { handle, isInPlace: () => isAt(handle, path), release: () => handle.close() };
    if (waited >= request.waitMs || request.signal?.aborted) return undefined;
    await delay(pause);
  }
}

async function isAt(handle: FileHandle, path: string): Promise<boolean> {
  const [held, found] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)]);
  return found?.ino === held.ino && found.dev === held.dev;
}

function refusePlatform(cause: unknown): never {
  const what = `no kernel file locks on ${process.platform}-${process.arch}: their add-on does not load`;
  throw new KeywrightError("PLATFORM_UNSUPPORTED", what, {
    hint: "reinstall the dependencies on this machine; fs-native-extensions has builds for Linux (glibc), macOS and Windows on x64 and arm64",
    cause,
  });
}
