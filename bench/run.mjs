/**
 * `npm run bench`: how long the built command takes, and how much memory, beside a floor measured in the same
 * run. Rounds of subject and floor take turns; what counts is the median. An aim that is missed is shown and
 * ends nothing: only what breaks gives an exit code other than 0.
 *
 *   --only command|store|cortex   one part of it
 *   --json    figures for machines, on stdout
 *   --quick   one round of each: a look, no measurement
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "./machine.mjs";
import { createCortexMeasures } from "./cortex-measures.mjs";
import { createMeasures } from "./measures.mjs";
import { measure } from "./measure.mjs";
import { renderRows } from "./render-rows.mjs";
import { createStoreMeasures } from "./store-measures.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

const directory = mkdtempSync(join(tmpdir(), "keywright-bench-"));
const clean = () => rmSync(directory, { recursive: true, force: true });
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    clean();
    process.exit(1);
  });
}

try {
  const about = machine();
  const rows = [];
  for await (const each of allMeasures()) {
    process.stderr.write(`${each.name} …\n`);
    rows.push(...(await measure(each, options.quick ? 1 : each.rounds)));
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...about, rows }, undefined, 2)}\n`
      : `\n${about.text}\n\n${renderRows(rows)}\n`,
  );
} finally {
  clean();
}

async function* allMeasures() {
  const isWanted = (part) => (options.only ?? part) === part;
  if (isWanted("command")) yield* createMeasures(directory);
  if (isWanted("store")) yield* createStoreMeasures(directory);
  if (isWanted("cortex")) yield* createCortexMeasures(directory, { isQuick: options.quick });
}
