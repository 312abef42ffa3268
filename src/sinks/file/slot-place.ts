/** Where a slot lies below the sink's directory. */

import { join } from "node:path";
import { sha256Hex } from "../../core/digest.ts";
import { slotId, type Slot } from "../../core/desired.ts";
import { slotPathFault } from "../../core/slot-path.ts";
import { TEMPORARY_NAME } from "./safe-file.ts";
import { unusable } from "./sink-fault.ts";

export const FILE_FORMATS = ["raw", "dotenv", "json"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** A name that every reader of dotenv files takes. */
export const FIELD_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;

const PENDING_DIRECTORY = ".pending";
export const LOCK_FILE = ".keywright.lock";

/** Paths that are the sink's own, also where the file system does not tell capitals from small letters. */
export const RESERVED_PATH = new RegExp(
  `^(?:${[PENDING_DIRECTORY, LOCK_FILE].map((name) => name.replaceAll(".", "\\.")).join("|")})(?:/|$)|` +
    `(?:^|/)${TEMPORARY_NAME.source}(?:/|$)`,
  "i",
);

export interface SlotPlace {
  readonly path: string;
  /** Empty for raw. */
  readonly field: string;
}

/** SINK_UNUSABLE for a path that leaves `root` or is the sink's own, and for a field that does not fit. */
export function placeOf(root: string, format: FileFormat, slot: Slot): SlotPlace {
  const path = slot["path"] ?? "";
  const fault = pathFault(path);
  if (fault)
    throw unusable(`${slotId(slot)}: ${fault}`, "name a file below the sink's directory, such as ci/scanner");
  return { path: join(root, ...path.split("/")), field: fieldOf(format, slot) };
}

/** Where the slot's value waits that no consumer reads yet. */
export const pendingPathOf = (root: string, slot: Slot): string =>
  join(root, PENDING_DIRECTORY, `${sha256Hex(slotId(slot))}.json`);

function pathFault(path: string): string | undefined {
  if (path === "") return "it has no path";
  const rule = slotPathFault(path);
  if (rule !== undefined) return `its path ${rule}`;
  return RESERVED_PATH.test(path) ? "its path is one that the sink keeps for itself" : undefined;
}

function fieldOf(format: FileFormat, slot: Slot): string {
  const field = slot["field"];
  if (format === "raw") {
    if (field === undefined) return "";
    throw unusable(
      `${slotId(slot)}: a file of format raw has no fields`,
      "leave out `field`, or use dotenv or json",
    );
  }
  if (field !== undefined && FIELD_PATTERN.test(field)) return field;
  const what = field === undefined ? "it has no field" : "its field is no name of letters, digits and _";
  throw unusable(`${slotId(slot)}: ${what}`, `give it a field for the ${format} file, such as TOKEN`);
}
