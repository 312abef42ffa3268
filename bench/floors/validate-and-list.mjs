/** Floor of plan: the manifests validated, and every key of the store listed; nothing compared. */

const built = (module) => import(new URL(`../../dist/wire/${module}`, import.meta.url));
const { openWorld } = await built("open-world.js");
const { readProject } = await built("read-project.js");

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const { world, close } = await openWorld(
  await readProject({ cwd: process.argv[2], env: process.env, logger: SILENT }),
);
let count = 0;
for await (const _ of world.store.list("ApiKey")) count += 1;
await close();
console.log(`${count} listed`);
