/** Writes a result file wholly or not at all. */

import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { KeywrightError } from "../core/error.ts";

/** Over what was there before, 0644 as the umask allows. Throws USAGE with what to do. */
export async function writeResult(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(draft, "wx");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new KeywrightError("USAGE", `${file} cannot be written: ${why}`, {
      hint: "name a file in a directory that exists and that you may write to",
    });
  }
}
