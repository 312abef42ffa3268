/**
 * Directories for secrets: ours alone to write in, and never links. A directory that has been checked is not
 * checked again by this sink: nobody else can change what stands in it.
 */

import type { Stats } from "node:fs";
import { access, constants, lstat, statfs } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { makeDirectory } from "../../disk/durable-directory.ts";
import { errnoOf, unusable } from "./sink-fault.ts";

export interface SafeDirectories {
  /** Makes what is missing of `directory` (the root or below it), 0700. */
  make(directory: string): Promise<void>;
  /** Whether `directory` is there; makes nothing. */
  isThere(directory: string): Promise<boolean>;
  /** Throws when nothing could be written to `directory`, or to what stands in its place; makes nothing. */
  probe(directory: string): Promise<void>;
}

/** All members throw SINK_UNUSABLE for a link, a file, or a directory that others may write to. */
export function createSafeDirectories(root: string): SafeDirectories {
  const checked = new Set<string>();
  const probed = new Set<string>();
  const check = async (directory: string): Promise<boolean> => {
    if (!checked.has(directory) && !(await checkDirectory(directory))) return false;
    checked.add(directory);
    return true;
  };
  const isThere = async (directory: string): Promise<boolean> => {
    if (checked.has(directory)) return true;
    for (const level of levels(root, directory)) if (!(await check(level))) return false;
    return true;
  };
  return {
    isThere,
    async make(directory) {
      if (checked.has(directory)) return;
      for (const level of levels(root, directory)) {
        if (await check(level)) continue;
        await makeDirectory(level);
        await check(level);
      }
    },
    async probe(directory) {
      await isThere(directory);
      const standing = await nearestStanding(directory);
      if (probed.has(standing)) return;
      await probeDirectory(standing);
      probed.add(standing);
    },
  };
}

/** The root and every directory from there down to `directory`. */
function levels(root: string, directory: string): string[] {
  const names = relative(root, directory).split(sep).filter(Boolean);
  return [root, ...names.map((_, index) => join(root, ...names.slice(0, index + 1)))];
}

/** False when nothing is there. */
async function checkDirectory(directory: string): Promise<boolean> {
  const found = await lstatIfThere(directory);
  if (!found) return false;
  if (found.isSymbolicLink()) {
    throw unusable(
      `${directory} is a symbolic link`,
      "name the real directory: secrets are never written through links",
    );
  }
  if (!found.isDirectory()) {
    throw unusable(
      `${directory} is not a directory`,
      "move that file away or choose another directory for this sink",
    );
  }
  if ((found.mode & 0o022) !== 0) {
    throw unusable(`others may write to ${directory}`, `take that right away: chmod go-w ${directory}`);
  }
  return true;
}

async function nearestStanding(directory: string): Promise<string> {
  let standing = directory;
  while (!(await lstatIfThere(standing))) standing = dirname(standing);
  return standing;
}

async function probeDirectory(directory: string): Promise<void> {
  await access(directory, constants.W_OK | constants.X_OK);
  const { bavail } = await statfs(directory);
  if (bavail === 0) throw unusable(`the disk of ${directory} is full`, "free some space there and run again");
}

export async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
