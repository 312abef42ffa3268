/** Small private files that are there wholly or not at all, also after a kill or a power cut. */

import { randomUUID } from "node:crypto";
import { link, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isMissing } from "./is-missing.ts";

const ATTEMPTS = 5;

/**
 * Writes `text` to `path` (0600), unless something is there already. Durable when the promise resolves. Of
 * several callers at once one wins; all find the winner's text afterwards.
 */
export async function writeOnce(path: string, text: string): Promise<"written" | "exists"> {
  const temporary = `${path}.${randomUUID()}.new`;
  await writeDraft(temporary, text);
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

/**
 * Puts `text` in place of what the file at `path` holds (behind a link: at its end); owner and 0600 stay. Durable
 * when the promise resolves; a reader finds the old text or the new one. Do not call it twice at once.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path);
  const { uid, gid } = await stat(target);
  for (let attempt = 1; ; attempt += 1) {
    const draft = `${target}.${randomUUID()}.new`;
    try {
      await writeDraft(draft, text, { uid, gid });
      await rename(draft, target);
      return await syncDirectory(dirname(target));
    } catch (error) {
      await rm(draft, { force: true });
      // A server that starts just now may have tidied our draft away.
      if (!isMissing(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function writeDraft(
  draft: string,
  text: string,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(text);
    const { uid, gid } = await file.stat();
    if (owner && (uid !== owner.uid || gid !== owner.gid)) await file.chown(owner.uid, owner.gid);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes what a killed `writeOnce(path)` or `replaceFile(path)` left behind. Call it only once `path` is written for good. */
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
