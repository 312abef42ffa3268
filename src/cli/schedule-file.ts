/** A schedule that broke an invariant, as a file: `keywright simulate --out` writes it, `--replay` reads it. */

import { constants } from "node:fs";
import { resolve } from "node:path";
import { digestOf } from "../core/digest.ts";
import { KeywrightError } from "../core/error.ts";
import { openRegularFile } from "../disk/open-regular-file.ts";
import { renderJson } from "../report/render-json.ts";
import type { Schedule } from "../simulation/schedule.ts";

interface ScheduleFile {
  readonly apiVersion: "keywright/v1";
  readonly kind: "Schedule";
  readonly schedule: Schedule;
  /** Over the schedule: nothing but what was written is replayed. */
  readonly digest: string;
}

export function renderSchedule(schedule: Schedule): string {
  const file: ScheduleFile = {
    apiVersion: "keywright/v1",
    kind: "Schedule",
    schedule,
    digest: digestOf(schedule),
  };
  return renderJson(file);
}

/** Throws USAGE with what to do. */
export async function readSchedule(cwd: string, file: string): Promise<Schedule> {
  const text = await readText(resolve(cwd, file)).catch((error: unknown) => {
    throw unusable(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const read = parse(file, text);
  if (read?.kind !== "Schedule" || read.schedule?.version !== 2) {
    throw unusable(`${file} is no schedule of this version`);
  }
  if (read.digest !== digestOf(read.schedule)) {
    throw unusable(`the schedule in ${file} was changed after it was written`);
  }
  return read.schedule;
}

const MOST_BYTES = 16 * 1024 * 1024;

async function readText(path: string): Promise<string> {
  const handle = await openRegularFile(path, constants.O_RDONLY);
  try {
    const { size } = await handle.stat();
    if (size > MOST_BYTES) throw new Error(`it has ${size} bytes; a schedule has ${MOST_BYTES} at most`);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

function parse(file: string, text: string): Partial<ScheduleFile> | null {
  try {
    return JSON.parse(text) as Partial<ScheduleFile> | null;
  } catch {
    throw unusable(`${file} is not JSON`);
  }
}

const unusable = (message: string): KeywrightError =>
  new KeywrightError("USAGE", message, {
    hint: "`keywright simulate --out breach.json` writes one when an invariant is broken",
  });
