/** Writes a plan to a file, for a later `keywright apply FILE`. */

import { resolve } from "node:path";
import { EXIT } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";
import { renderJson } from "../report/render-json.ts";
import type { Host } from "./host.ts";
import type { GlobalOptions } from "./program.ts";
import { writeResult } from "./write-file.ts";

/** Gives the exit code. */
export async function savePlan(
  host: Host,
  plan: Plan,
  file: string,
  { logFormat }: Pick<GlobalOptions, "logFormat">,
): Promise<number> {
  await writeResult(resolve(host.cwd, file), renderJson(plan));
  const names = [...new Set(plan.requests.map(({ name }) => name))];
  const allow = names.length > 0 ? ` --allow ${names.join(",")}` : "";
  if (logFormat === "text") host.err(`Saved. To carry out just this: keywright apply ${file}${allow}\n`);
  return EXIT.done;
}
