// Compiles src/ to dist/, from scratch, and makes the command executable. The new tree takes the old one's place
// only once it is whole: a failed build leaves the old one, and what runs meanwhile finds its files.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [fresh, old] = [`${root}dist.new-${process.pid}`, `${root}dist.old-${process.pid}`];
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const remove = (path) => rmSync(path, { recursive: true, force: true });
try {
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", fresh], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = status ?? 1;
  else {
    chmodSync(`${fresh}/cli/main.js`, 0o755);
    if (existsSync(`${root}dist`)) renameSync(`${root}dist`, old);
    renameSync(fresh, `${root}dist`);
  }
} finally {
  remove(fresh);
  remove(old);
}
