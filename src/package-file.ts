/** Files that lie beside the code in the package. The bundle of the Action brings its own of these: see its build. */

import { readFileSync } from "node:fs";

/** `path`: from the package's root, which is one level above `src` and `dist` alike. */
export const packageFile = (path: string): string =>
  readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
