/** The ledger's lines in the files of its branch: `ledger/000001.jsonl` and on, one chain through all of them. */

import { corruptLedger } from "./ledger-fault.ts";
import type { ChainLink, CheckedLine } from "./ledger-line.ts";
import { readLine } from "./read-entry.ts";

export const SEGMENT_DIRECTORY = "ledger";

/** A write begins a new file when the last one is this long: so a commit rewrites little. */
export const SEGMENT_BYTES = 1 << 20;

/** A file of the branch, and what of the chain lies in it. */
export interface Segment {
  /** The name of its content in Git; undefined: not known yet. */
  readonly id: string | undefined;
  /** The line before its first one, and its last one. */
  readonly start: ChainLink;
  readonly end: ChainLink;
}

export const segmentPath = (index: number): string =>
  `${SEGMENT_DIRECTORY}/${String(index + 1).padStart(6, "0")}.jsonl`;

/** All lines of a segment's `text`, which go on from `start`. LEDGER_CORRUPT with `place` and the line in it. */
export function readSegment(
  start: ChainLink,
  text: string,
  place: string,
  instance: string,
): readonly CheckedLine[] {
  const texts = text.split("\n");
  const rest = texts.pop();
  if (rest !== "") throw corruptLedger(`${place}:${texts.length + 1}`, "this line has no end");
  if (texts.length === 0) throw corruptLedger(`${place}:1`, "the file is empty");
  let link = start;
  return texts.map((each, index) => {
    const line = readLine(link, each, place, instance, index + 1);
    link = line.link;
    return line;
  });
}
