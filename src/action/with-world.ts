import type { OpenedWorld, WorldOptions } from "../wire/open-world.ts";
import type { ActionRun } from "./action-run.ts";

/** Opens the world of the run, lets `work` use it, and closes it whatever happens. */
export async function withWorld<T>(
  { project, signal }: Pick<ActionRun, "project" | "signal">,
  work: (opened: OpenedWorld) => Promise<T>,
  options: WorldOptions = {},
): Promise<T> {
  // What needs no store never loads one.
  const { openWorld } = await import("../wire/open-world.ts");
  const opened = await openWorld(project, signal, options);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
