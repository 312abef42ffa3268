/** Installs the peer outside the project: it is run, and never a dependency. */

import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

export const ALCHEMY_VERSION = "0.94.0";

/** Into `directory`, which is the caller's to remove; no script of any package is run. Throws what npm said. */
export async function installAlchemy(directory) {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), JSON.stringify({ private: true }));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["install", "--prefix", directory, "--ignore-scripts", "--no-audit", "--no-fund"];
  await promisify(execFile)(npm, [...args, `alchemy@${ALCHEMY_VERSION}`], {
    cwd: directory,
    timeout: 180_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return installedIn(directory);
}

/** Gives `{ entry, version }` of what is installed in `directory`. */
export async function installedIn(directory) {
  const home = join(directory, "node_modules/alchemy");
  const { version, module: entry } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  return { version, entry: pathToFileURL(join(home, entry)).href };
}
