/** `keywright runs`: what earlier applies did, from the ledger alone. */

import { KeywrightError } from "../../core/error.ts";
import { runHistory } from "../../core/run-history.ts";
import type { RunRecord } from "../../core/run.ts";
import { renderRunList } from "../../report/render-run-list.ts";
import { renderRun } from "../../report/render-run.ts";
import { openLedgerOf } from "../../wire/open-world.ts";
import type { Host } from "../host.ts";
import { loggerFor, projectFor } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";

export interface RunListOptions extends GlobalOptions {
  readonly format: "text" | "json";
  readonly limit: string;
}

export async function listRuns(host: Host, options: RunListOptions): Promise<number> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new KeywrightError("USAGE", `--limit ${options.limit} is no number of runs`, {
      hint: "for example 20",
    });
  }
  const runs = (await readRuns(host, options)).slice(0, limit);
  print(host, renderRunList(runs, { format: options.format, colors: host.hasColors }), options.format);
  return 0;
}

export interface RunShowOptions extends GlobalOptions {
  readonly format: "text" | "json" | "markdown";
}

export async function showRun(host: Host, id: string, options: RunShowOptions): Promise<number> {
  const runs = await readRuns(host, options);
  const found = id === "latest" ? runs.slice(0, 1) : runs.filter((run) => run.id.startsWith(id));
  const run = found[0];
  if (!run || found.length > 1) {
    const what = run ? `${found.length} runs begin with ${id}` : `there is no run ${id}`;
    throw new KeywrightError("RUN_UNKNOWN", what, { hint: "`keywright runs list` shows them" });
  }
  print(host, renderRun(run, { format: options.format, colors: host.hasColors }), options.format);
  return 0;
}

async function readRuns(host: Host, options: GlobalOptions): Promise<readonly RunRecord[]> {
  const project = await projectFor(host, options, loggerFor(host, options));
  const ledger = await openLedgerOf(project);
  try {
    return await runHistory(ledger.events());
  } finally {
    await ledger.close();
  }
}
