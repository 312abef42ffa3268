import { constants } from "node:fs";
import { KeywrightError } from "../core/error.ts";
import { NotRegularFileError, openRegularFile } from "../disk/open-regular-file.ts";
import { isMissing } from "./is-missing.ts";

const READABLE_BY_OTHERS = 0o077;

/**
 * The text of a file that only its owner may read; undefined when it is not there. Throws STORE_UNUSABLE when
 * others may read it or when it cannot be read.
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    const handle = await openRegularFile(path, constants.O_RDONLY);
    try {
      const { mode } = await handle.stat();
      if ((mode & READABLE_BY_OTHERS) !== 0) throw tooOpen(path, mode);
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof KeywrightError) throw error;
    const isSpecial = error instanceof NotRegularFileError;
    throw new KeywrightError("STORE_UNUSABLE", isSpecial ? `${error.message}.` : `${path} cannot be read.`, {
      hint: isSpecial ? "Move it away and put the file back." : "Check that this user owns the file.",
      cause: error,
    });
  }
}

const tooOpen = (path: string, mode: number): KeywrightError =>
  new KeywrightError(
    "STORE_UNUSABLE",
    `${path} has the permissions ${(mode & 0o777).toString(8)}: others than its owner may read or change it.`,
    { hint: `Run: chmod 600 ${path}. If others may have read it, treat what is in it as leaked.` },
  );
