/** The lease of a ledger directory: a kernel lock on `apply.lock`, which a dead holder loses by itself. */

import { readFile, type FileHandle } from "node:fs/promises";
import type { Clock, LeaseHolder } from "../core/ports.ts";
import { lockFile, type HeldLock, type LockRequest } from "../disk/lock-file.ts";
import { errnoOf, leaseHeld, leaseInterrupted } from "./ledger-fault.ts";

/**
 * Locks `path` and writes there, for people, who holds it. LEASE_HELD when another does not let go in time,
 * INTERRUPTED when the request's signal ends the waiting.
 */
export async function lockLease(
  path: string,
  holder: LeaseHolder,
  waiting: Pick<LockRequest, "waitMs" | "signal">,
  clock: Clock,
): Promise<HeldLock> {
  const lock = await lockFile(path, { mode: "exclusive", ...waiting });
  if (!lock) {
    const current = await readHolder(path);
    throw waiting.signal?.aborted ? leaseInterrupted(current) : leaseHeld(current);
  }
  await introduce(lock, holder, clock);
  return {
    ...lock,
    release: async () => {
      await rewrite(lock.handle, "").catch(() => undefined);
      await lock.release();
    },
  };
}

/** Who has locked `path`; undefined: nobody. Writes nothing, and stands in nobody's way for longer than it takes to ask. */
export async function findLeaseHolder(path: string): Promise<string | undefined> {
  try {
    const lock = await lockFile(path, { mode: "shared", waitMs: 0 });
    if (!lock) return await readHolder(path);
    await lock.release();
    return undefined;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A lock that cannot be given a name is not kept. */
async function introduce(lock: HeldLock, holder: LeaseHolder, clock: Clock): Promise<void> {
  try {
    const note = { run: holder.run, description: holder.description, since: clock.now().toISOString() };
    await rewrite(lock.handle, `${JSON.stringify(note)}\n`);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function rewrite(handle: FileHandle, text: string): Promise<void> {
  await handle.truncate(0);
  await handle.write(text, 0);
}

async function readHolder(path: string): Promise<string> {
  try {
    const note = JSON.parse(await readFile(path, "utf8")) as LeaseHolder & { readonly since: string };
    return `run ${note.run} (${note.description}) since ${note.since}`;
  } catch {
    return `its holder has not written its name into ${path} yet`;
  }
}
