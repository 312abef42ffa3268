/** Floor of plan: the manifests validated, and every key of the store listed; nothing compared. */

import { openWorld } from "../../dist/wire/open-world.js";
import { readProject } from "../../dist/wire/read-project.js";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const { world, close } = await openWorld(
  await readProject({ cwd: process.argv[2], env: process.env, logger: SILENT }),
);
let count = 0;
for await (const _ of world.store.list("ApiKey")) count += 1;
await close();
console.log(`${count} listed`);
