/** Small private files that are there wholly or not at all, also after a kill or a power cut. */

import { randomUUID } from "node:crypto";
import { link, open, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isMissing } from "./is-missing.ts";

/**
 * Writes `text` to `path` (0600), unless something is there already. Durable when the promise resolves. Of
 * several callers at once one wins; all find the winner's text afterwards.
 */
export async function writeOnce(path: string, text: string): Promise<"written" | "exists"> {
  const temporary = `${path}.${randomUUID()}.new`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
    return "written";
  } catch (error) {
    // ENOENT: another process finished first and tidied our draft away.
    if (!(await exists(path))) throw error;
    return "exists";
  } finally {
    await rm(temporary, { force: true });
    await syncDirectory(dirname(path));
  }
}

/** Removes what a killed `writeOnce(path)` left behind. Call it only once `path` is written for good. */
export async function removeDrafts(path: string): Promise<void> {
  // Where a directory cannot be listed, its drafts are its owner's matter.
  const names = await readdir(dirname(path)).catch(() => []);
  const drafts = names.filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith(".new"));
  await Promise.all(drafts.map((name) => rm(join(dirname(path), name), { force: true })));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
