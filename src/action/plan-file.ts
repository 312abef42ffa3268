import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { KeywrightError } from "../core/error.ts";

/**
 * Where the plan is saved: `path` starts from the workspace. What stands there may come with a pull request, so no symbolic
 * link in it leads the file anywhere else. Throws USAGE.
 */
export async function planFile(workspace: string, path: string): Promise<string> {
  const file = resolve(workspace, path);
  const below = relative(workspace, dirname(file));
  if (isAbsolute(below) || below.split(/[\\/]/)[0] === "..") return file;
  const [top, directory] = await Promise.all([
    realpath(workspace),
    realpath(dirname(file)).catch(() => undefined),
  ]);
  // One that is not there is told when it is written to.
  if (directory === undefined || directory === join(top, below)) return file;
  throw new KeywrightError("USAGE", `the input plan-path leads through a symbolic link: ${path}`, {
    hint: "name a file of which no directory is a link, or leave the input out",
  });
}
