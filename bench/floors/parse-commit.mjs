/** Floor of validate from a commit: every blob below `keys/` at HEAD through one `git cat-file`, parsed by `yaml`. */

import { execFileSync } from "node:child_process";
import { parse } from "yaml";

const git = (args, input) => execFileSync("git", args, { cwd: process.argv[2], input, maxBuffer: 1024 ** 3 });

const tree = git(["ls-tree", "-r", "HEAD", "keys/"]).toString("utf8");
const ids = tree.match(/[0-9a-f]{40,64}(?=\t)/g);
const blobs = git(["cat-file", "--batch"], `${ids.join("\n")}\n`);
let at = 0;
for (const _ of ids) {
  const header = blobs.subarray(at, blobs.indexOf("\n", at)).toString("latin1");
  const start = at + header.length + 1;
  const end = start + Number(header.split(" ")[2]);
  parse(blobs.subarray(start, end).toString("utf8"));
  at = end + 1;
}
console.log(`${ids.length} parsed`);
