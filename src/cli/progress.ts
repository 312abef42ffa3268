/** How an apply shows that it is going on: one moving line for a person, a log line a change for a machine. */

import type { ChangeOutcome } from "../core/run.ts";
import type { Logger } from "../logger.ts";
import { printable } from "../report/printable.ts";
import type { Host } from "./host.ts";

export interface Progress {
  start(total: number): void;
  step(outcome: ChangeOutcome): void;
  stop(): void;
}

export async function openProgress(
  host: Host,
  logger: Logger,
  logFormat: "text" | "json",
): Promise<Progress> {
  const progress = host.isInteractive && logFormat === "text" ? await spinner() : lines(logger);
  const onEnd = (): void => logger.warn("ending after the keys at hand; a second signal ends at once");
  host.signal.addEventListener("abort", onEnd, { once: true });
  return {
    ...progress,
    stop: () => {
      host.signal.removeEventListener("abort", onEnd);
      progress.stop();
    },
  };
}

async function spinner(): Promise<Progress> {
  const { default: ora } = await import("ora");
  const moving = ora({ discardStdin: false });
  let done = 0;
  let total = 0;
  return {
    start: (count) => {
      total = count;
      moving.start(`0/${total}`);
    },
    step: ({ action, name, outcome }) => {
      done += 1;
      moving.text = `${done}/${total} ${action} ${printable(name)}: ${outcome}`;
    },
    stop: () => {
      moving.stop();
    },
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
