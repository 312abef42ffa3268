/** Writes a plan to a file, for a later `keywright apply FILE`. */

import { resolve } from "node:path";
import { EXIT } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";
import { renderJson } from "../report/render-json.ts";
import { parseSourceLocation } from "../sources/source-location.ts";
import type { Host } from "./host.ts";
import type { GlobalOptions } from "./program.ts";
import { writeResult } from "./write-file.ts";

export interface SaveOptions extends GlobalOptions {
  readonly allow?: readonly string[];
}

/** Gives the exit code. */
export async function savePlan(host: Host, plan: Plan, file: string, options: SaveOptions): Promise<number> {
  await writeResult(resolve(host.cwd, file), renderJson(plan));
  if (options.logFormat === "text")
    host.err(`Saved. To carry out just this: ${applyCommand(plan, file, options)}\n`);
  return EXIT.done;
}

/** With what the plan was made from: read elsewhere, the manifests are another commit's, and the plan is stale. */
function applyCommand(plan: Plan, file: string, options: SaveOptions): string {
  const { config, repo, ref, configRef, allow = [] } = options;
  const names = new Set([...allow, ...plan.requests.map(({ name }) => name)]);
  return [
    "keywright apply",
    word(file),
    ...option("--config", config),
    ...option("--repo", repo !== undefined && hasCredentials(repo) ? "…" : repo),
    ...option("--ref", ref),
    ...option("--config-ref", configRef),
    ...(names.size > 0 ? ["--allow", [...names].map(word).join(",")] : []),
  ].join(" ");
}

const hasCredentials = (repo: string): boolean => parseSourceLocation(repo).shown !== repo;

const option = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [name, word(value)];

/** For a shell, as one word. */
const word = (text: string): string =>
  /^[\w@%+=:,./…-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
