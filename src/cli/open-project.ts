/** What most commands begin with: the logger, the configuration, the manifests' source. */

import { createLogger, type Logger } from "../logger.ts";
import type { OpenedWorld } from "../wire/open-world.ts";
import { type Project, readProject } from "../wire/read-project.ts";
import type { Host } from "./host.ts";
import type { GlobalOptions } from "./program.ts";

export const loggerFor = (host: Host, { logFormat, verbose }: GlobalOptions): Logger =>
  createLogger(
    { format: logFormat, level: verbose ? "debug" : "info", colors: host.hasErrorColors },
    (line) => host.err(line),
  );

export const projectFor = (host: Host, options: GlobalOptions, logger: Logger): Promise<Project> =>
  readProject({
    cwd: host.cwd,
    env: host.env,
    logger,
    ...(options.config !== undefined && { config: options.config }),
    ...(options.repo !== undefined && { repo: options.repo }),
    ...(options.ref !== undefined && { ref: options.ref }),
  });

/** Opens the world, lets `work` use it, and closes it whatever happens. What needs no store never loads one. */
export async function withWorld<T>(
  host: Host,
  options: GlobalOptions,
  work: (opened: OpenedWorld, logger: Logger) => Promise<T>,
): Promise<T> {
  const logger = loggerFor(host, options);
  const { openWorld } = await import("../wire/open-world.ts");
  const opened = await openWorld(await projectFor(host, options, logger), host.signal);
  try {
    return await work(opened, logger);
  } finally {
    await opened.close();
  }
}
