/** How an apply shows that it is going on: one moving line for a person, a log line a change for a machine. */

import type { ChangeOutcome } from "../core/run.ts";
import type { Logger } from "../logger.ts";
import { clip } from "../report/clip.ts";
import { printable } from "../report/printable.ts";
import type { Host } from "./host.ts";

export interface Progress {
  start(total: number): void;
  step(outcome: ChangeOutcome): void;
  stop(): void;
}

export function openProgress(host: Host, logger: Logger, logFormat: "text" | "json"): Progress {
  const progress = host.isInteractive && logFormat === "text" ? movingLine(host) : lines(logger);
  let isStarted = false;
  const onEnd = (): void => {
    if (!isStarted) return;
    progress.stop();
    logger.warn("ending after the keys at hand; a second signal ends at once");
  };
  host.signal.addEventListener("abort", onEnd, { once: true });
  return {
    ...progress,
    start: (total) => {
      isStarted = true;
      progress.start(total);
    },
    stop: () => {
      host.signal.removeEventListener("abort", onEnd);
      if (isStarted) progress.stop();
      isStarted = false;
    },
  };
}

const CLEAR_LINE = "\r\u001b[2K";

/** Written over with every step: no timer, and through the host, as all that is printed. */
function movingLine(host: Host): Progress {
  let done = 0;
  let total = 0;
  const show = (text: string): void => host.err(`${CLEAR_LINE}${clip(text, host.width - 1)}`);
  return {
    start: (count) => {
      total = count;
      show(`0/${total}`);
    },
    step: ({ action, name, outcome }) => {
      done += 1;
      show(`${done}/${total} ${action} ${printable(name)}: ${outcome}`);
    },
    stop: () => host.err(CLEAR_LINE),
  };
}

function lines(logger: Logger): Progress {
  return {
    start: (total) => logger.debug({ changes: total }, "run started"),
    step: ({ action, kind, name, outcome, error }) => {
      const level = outcome === "applied" ? "info" : "error";
      const about = { action, kind, key: printable(name), outcome, ...(error && { code: error.code }) };
      logger[level](about, `${action} ${kind} ${printable(name)}: ${outcome}`);
    },
    stop: () => undefined,
  };
}
