/** `keywright doctor`: whether everything that a run needs is there and fits together; changes nothing. */

import { EXIT, KeywrightError } from "../../core/error.ts";
import type { Logger } from "../../logger.ts";
import { renderDiagnosis } from "../../report/render-diagnosis.ts";
import { diagnoseProject } from "../../wire/diagnose-project.ts";
import type { Host } from "../host.ts";
import { loggerFor, projectFor } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";

export interface DoctorOptions extends GlobalOptions {
  readonly format: "text" | "json";
  readonly limit: string;
}

export async function doctor(host: Host, options: DoctorOptions): Promise<number> {
  const limitMs = parseLimit(options.limit);
  const logger = loggerFor(host, options);
  let isLate = false;
  const diagnosis = await diagnoseProject(() => projectFor(host, options, logger), {
    nodeVersion: process.version,
    limitMs,
    signal: host.signal,
    onLate: () => void (isLate = true),
    onPart: (part) => tellSlow(logger, part),
  });
  const { format } = options;
  print(host, renderDiagnosis(diagnosis, { format, colors: host.hasColors }), format);
  const code = diagnosis.result === "failed" ? EXIT.failure : EXIT.done;
  // A git that hears nothing from its remote goes on for minutes.
  if (isLate || host.signal.aborted) host.abandon?.(code);
  return code;
}

const MOST_SECONDS = 600;

function parseLimit(text: string): number {
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MOST_SECONDS) return seconds * 1000;
  throw new KeywrightError("USAGE", `--limit ${text} is no number of seconds from 1 to ${MOST_SECONDS}`);
}

const SLOW_MS = 2_000;

/** What is quick is not told. */
function tellSlow(logger: Logger, part: string): () => void {
  const timer = setTimeout(() => logger.info({ part }, `still waiting: ${part}`), SLOW_MS);
  return () => clearTimeout(timer);
}
