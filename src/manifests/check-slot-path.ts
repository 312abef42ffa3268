import picomatch from "picomatch";
import type { SlotField } from "../core/slot-field.ts";
import { slotPathFault } from "../core/slot-path.ts";
import type { IssueText } from "./issue-at.ts";
import { quote } from "./quote.ts";

const HINT = "write it like ci/scanner";

/** What is wrong with a path inside a sink: it stays inside, is not the sink's own, and is among the allowed ones. */
export function checkSlotPath(
  path: string,
  sink: string,
  { reserved }: SlotField,
  allowed: readonly string[] | undefined,
): IssueText | undefined {
  const rule = slotPathFault(path);
  if (rule !== undefined) {
    const message = `${quote(path)} is no path inside a sink: it ${rule}`;
    return { code: "SLOT_PATH_INVALID", message, hint: HINT };
  }
  if (reserved?.test(path)) {
    const message = `sink ${sink} keeps the path ${quote(path)} for itself`;
    return { code: "SLOT_PATH_RESERVED", message, hint: HINT };
  }
  if (isAllowed(path, allowed)) return undefined;
  return {
    code: "SLOT_PATH_NOT_ALLOWED",
    message: `sink ${sink} does not allow the path ${quote(path)}`,
    hint: `the configuration allows ${allowed?.join(", ")}`,
  };
}

/** `globs` absent: everything. */
export const isAllowed = (text: string, globs: readonly string[] | undefined): boolean =>
  globs === undefined || globs.some((glob) => matcherOf(glob)(text));

const matchers = new Map<string, (path: string) => boolean>();

function matcherOf(glob: string): (path: string) => boolean {
  const known = matchers.get(glob);
  if (known) return known;
  const matcher = picomatch(glob, { dot: true });
  matchers.set(glob, matcher);
  return matcher;
}
