/**
 * One writer of a file at a time: within this process by a queue, among processes by a lock of the kernel's,
 * which a dead process loses. Every file has its own byte of one lock file.
 */

import { createHash } from "node:crypto";
import { KeywrightError } from "../../core/error.ts";
import { lockFile } from "../../disk/lock-file.ts";
import { withSinkFaults } from "./sink-fault.ts";

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
  const request = { mode: "exclusive", byte: byteOf(path), waitMs: LONGEST_WAIT_MS } as const;
  const lock = await withSinkFaults(lockPath, () => lockFile(lockPath, request));
  if (!lock) {
    const what = `another process has kept ${path} locked for ${LONGEST_WAIT_MS / 1000} seconds`;
    throw new KeywrightError("SINK_WRITE_FAILED", what, {
      hint: "a suspended process may hold it (fuser tells which): let it go on, or end it",
    });
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Two paths on one byte would only wait for each other: nobody holds two locks. */
const byteOf = (path: string): number => createHash("sha256").update(path).digest().readUIntBE(0, 6);
