/**
 * `npm run bench:crash`: what is left behind when the process that makes or rotates keys dies in the middle, for a
 * script as people write it, for `alchemy` (npm) and for Keywright. The same strikes for each: at every request of it
 * that changes something, and at every write of it to the sink; once without any, which has to leave nothing behind.
 * The store is one server of ours. Its keys are born PENDING: the two peers activate a key as they create it, which
 * is how keys of most stores are born; Keywright has it as `docs/minting.md` says.
 *
 *   --markdown        the table alone, with date, versions and command
 *   --alchemy <dir>   a directory with alchemy installed, in place of a new one
 *   --only <tool>     naive, alchemy or keywright
 *   --every <n>       each n-th strike of the schedule; default 3, which meets every operation; 1: all, three times as long
 *   --details         a line for each strike that left something behind
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { ALCHEMY_VERSION, installAlchemy, installedIn } from "./install-alchemy.mjs";
import { measureTool } from "./measure-tool.mjs";
import { openServer } from "./open-server.mjs";
import { renderCrash } from "./render-crash.mjs";
import { alchemyOf, keywrightOf, naive } from "./tools.mjs";

const { values: options } = parseArgs({
  options: {
    markdown: { type: "boolean", default: false },
    details: { type: "boolean", default: false },
    alchemy: { type: "string" },
    only: { type: "string" },
    every: { type: "string", default: "3" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (options.help) {
  const [, text] = /^\/\*\*\n([^]*?)\n \*\//.exec(readFileSync(fileURLToPath(import.meta.url), "utf8"));
  process.stdout.write(`${text.replaceAll(/^ \* ?/gm, "")}\n`);
  process.exit(0);
}

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(readFileSync(here("../../package.json"), "utf8"));
const say = (text) => process.stderr.write(`${text}\n`);

const TOOLS = { naive: () => naive, alchemy, keywright: () => keywrightOf(version) };
const every = Number(options.every);
const chosen = Object.entries(TOOLS).filter(([id]) => options.only === undefined || options.only === id);
if (chosen.length === 0 || !(Number.isInteger(every) && every > 0)) {
  say("--only takes naive, alchemy or keywright, and --every a whole number from 1");
  process.exit(1);
}

const directory = mkdtempSync(join(tmpdir(), "keywright-crash-"));
const clean = () => rmSync(directory, { recursive: true, force: true });
let server;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => void stop());
}

async function stop() {
  await server?.close();
  clean();
  process.exit(1);
}

try {
  server = await openServer(join(directory, "store"));
  const rows = [];
  for (const [, open] of chosen) {
    const tool = await open();
    rows.push(
      tool
        ? await measureTool(tool, { server, directory, say, every, hasDetails: options.details })
        : { name: "alchemy", version: `${ALCHEMY_VERSION}, not installed` },
    );
  }
  const text = `${caption()}\n\n${renderCrash(rows)}\n`;
  process.stdout.write(options.markdown ? text : `\n${text}`);
} finally {
  await server?.close();
  clean();
}

/** Undefined, and loud, where it cannot be had. */
async function alchemy() {
  try {
    if (options.alchemy !== undefined) return alchemyOf(await installedIn(options.alchemy));
    say(`installing alchemy@${ALCHEMY_VERSION} in a temporary directory …`);
    return alchemyOf(await installAlchemy(join(directory, "alchemy")));
  } catch (error) {
    say(
      `\nSKIPPED: alchemy@${ALCHEMY_VERSION} could not be installed, so its row has no figures:\n${error.message}\n`,
    );
    return undefined;
  }
}

function caption() {
  const args = process.argv.slice(2).filter((arg) => arg !== "--markdown" && arg !== "--details");
  const command = ["npm run bench:crash", ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
  return `\`${command}\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.version.slice(1)}, 10 keys:`;
}
