/** The simulator and all production code that it runs, as one text, with at most one fault patched into it. */

import { readFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { applyMutant, type Mutant } from "./mutants/mutant.ts";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));
const ENTRY = fileURLToPath(new URL("simulator-worker.fixture.ts", import.meta.url));

/** CommonJS, for `new Worker(text, { eval: true })`. Throws when the mutant does not fit the source. */
export async function bundleSimulator(mutant?: Mutant): Promise<string> {
  const patched = new Set<string>();
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "silent",
    plugins: mutant ? [patch(mutant, patched)] : [],
  });
  if (mutant && patched.size === 0) {
    throw new Error(
      `the mutant "${mutant.name}" changes nothing: the simulator does not use src/${mutant.file}`,
    );
  }
  return outputFiles[0]?.text ?? "";
}

const patch = (mutant: Mutant, patched: Set<string>): Plugin => ({
  name: "mutant",
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (relative(SRC, path).split(sep).join("/") !== mutant.file) return undefined;
      patched.add(path);
      return { contents: applyMutant(mutant, await readFile(path, "utf8")), loader: "ts" };
    });
  },
});
