import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The top of the Git work tree that `directory` lies in; undefined outside of any. */
export async function findRepository(directory: string): Promise<string | undefined> {
  for (let at = directory; ; at = dirname(at)) {
    if (await exists(join(at, ".git"))) return at;
    if (dirname(at) === at) return undefined;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
