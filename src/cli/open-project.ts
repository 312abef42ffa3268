/** What most commands begin with: the logger, the configuration, the manifests' source. */

import type { TellingCommand } from "../core/telling/run-matters.ts";
import { createLogger, type Logger } from "../logger.ts";
import type { OpenedWorld } from "../wire/open-world.ts";
import { type Project, readProject } from "../wire/read-project.ts";
import type { Host } from "./host.ts";
import type { GlobalOptions } from "./program.ts";
import { tellFailure } from "./tell-notices.ts";

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
    ...(options.configRef !== undefined && { configRef: options.configRef }),
  });

export interface WorldOptions extends GlobalOptions {
  /** False: nobody is told of anything. */
  readonly notify?: boolean;
}

export type WorldWork<T> = (opened: OpenedWorld, logger: Logger, project: Project) => Promise<T>;

/** Opens the world, lets `work` use it, and closes it whatever happens. What needs no store never loads one. */
export async function withWorld<T>(host: Host, options: WorldOptions, work: WorldWork<T>): Promise<T> {
  const logger = loggerFor(host, options);
  const project = await projectFor(host, options, logger);
  return useWorld(host, options, project, work);
}

/** Hears, with the project, of what ended a command before its work began. Never throws. */
export type OnUnopened = (project: Project, error: unknown) => Promise<void>;

/**
 * The same, for a command that people count on: what ends it before it has done anything is told to them too. Not so what
 * whoever called it did wrong, and that another one is at work.
 */
export const tellingWorld =
  (command: TellingCommand, onUnopened?: OnUnopened): typeof withWorld =>
  async (host, options, work) => {
    const logger = loggerFor(host, options);
    const project = await projectFor(host, options, logger);
    let isOpened = false;
    try {
      return await useWorld(host, options, project, (...opened) => {
        isOpened = true;
        return work(...opened);
      });
    } catch (error) {
      if (!isOpened) await onUnopened?.(project, error);
      if (options.notify !== false) await tellFailure(project, command, error, host.signal);
      throw error;
    }
  };

async function useWorld<T>(
  { signal }: Host,
  { notify }: WorldOptions,
  project: Project,
  work: WorldWork<T>,
): Promise<T> {
  const { openWorld } = await import("../wire/open-world.ts");
  const opened = await openWorld(project, signal);
  try {
    return await work(notify === false ? silenced(opened) : opened, project.logger, project);
  } finally {
    await opened.close();
  }
}

export const silenced = (opened: OpenedWorld): OpenedWorld => ({
  ...opened,
  world: { ...opened.world, channels: [] },
  asRead: { ...opened.asRead, channels: [] },
});
