import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { createLogger } from "../src/logger.ts";
import { applyPlan } from "../src/reconcile/apply-plan.ts";
import { makePlan } from "../src/reconcile/make-plan.ts";
import { renderError } from "../src/report/render-error.ts";
import { renderRun } from "../src/report/render-run.ts";
import { openWorld } from "../src/wire/open-world.ts";
import { readProject } from "../src/wire/read-project.ts";

/** All that an apply would show, and all that it wrote besides the sink. */
export async function outputOf(cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const said: string[] = [];
  const logger = createLogger(
    { format: "json", level: "debug", colors: false },
    (line) => void said.push(line),
  );
  try {
    const opened = await openWorld(await readProject({ cwd, env, logger }));
    try {
      const { plan } = await makePlan(opened.asRead);
      const record = await applyPlan(plan, opened.world, { leaseWaitMs: 0, holder: "test" });
      for (const format of ["text", "json", "markdown"] as const)
        said.push(renderRun(record, { format, colors: false }));
    } finally {
      await opened.close();
    }
  } catch (error) {
    said.push(renderError(error, { colors: false, verbose: true }), inspect(error, { depth: 8 }));
  }
  const ledger = join(cwd, ".keywright/ledger");
  const files = await readdir(ledger).catch(() => []);
  return [...said, ...(await Promise.all(files.map((file) => readFile(join(ledger, file), "utf8"))))].join(
    "\n",
  );
}
