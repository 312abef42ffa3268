import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { KeywrightError } from "../core/error.ts";

/** Makes `file`, and its directories. False when something stands there already: it stays. Throws USAGE. */
export async function writeNewFile(file: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(file, "wx");
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    const why = error instanceof Error ? error.message : String(error);
    throw new KeywrightError("USAGE", `${file} cannot be written: ${why}`, {
      hint: "run it in a directory that you may write to",
    });
  }
}
