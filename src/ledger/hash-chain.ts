/** Reads the ledger's lines off its file and checks that each follows from the one before. */

import type { FileHandle } from "node:fs/promises";
import { CHAIN_START, parseLine, type ChainLink, type LedgerLine } from "./ledger-line.ts";
import { corruptLedger } from "./ledger-fault.ts";

/** How far a reader has come: the last line it has seen, and where the next one begins. */
export interface ChainPosition {
  readonly link: ChainLink;
  /** In bytes. */
  readonly offset: number;
}

export const CHAIN_BEGIN: ChainPosition = { link: CHAIN_START, offset: 0 };

export interface ChainPart {
  readonly lines: readonly LedgerLine[];
  /** After the last of `lines`. */
  readonly position: ChainPosition;
}

const PART_BYTES = 1 << 16;

/**
 * The whole lines from `from` up to `size` bytes, in parts. A last line without newline is a torn write that was
 * never acknowledged to anybody: it is left out. Any other fault is LEDGER_CORRUPT with `path` and line.
 */
export async function* readChain(
  file: FileHandle,
  path: string,
  from: ChainPosition,
  size: number,
): AsyncGenerator<ChainPart> {
  let position = from;
  let buffer = Buffer.allocUnsafe(Math.min(PART_BYTES, size - from.offset));
  while (position.offset < size) {
    const wanted = Math.min(buffer.length, size - position.offset);
    const { bytesRead } = await file.read(buffer, 0, wanted, position.offset);
    const wholeBytes = buffer.subarray(0, bytesRead).lastIndexOf("\n") + 1;
    if (wholeBytes === 0) {
      if (bytesRead < buffer.length || position.offset + bytesRead >= size) return;
      buffer = Buffer.allocUnsafe(2 * buffer.length);
      continue;
    }
    const lines = checkLines(position.link, buffer.toString("utf8", 0, wholeBytes), path);
    const link = lines.at(-1)?.link ?? position.link;
    position = { link, offset: position.offset + wholeBytes };
    yield { lines, position };
  }
}

function checkLines(start: ChainLink, text: string, path: string): LedgerLine[] {
  let link = start;
  return text
    .slice(0, -1)
    .split("\n")
    .map((lineText) => {
      const line = parseLine(link, lineText);
      if (typeof line === "string") throw corruptLedger(`${path}:${link.seq + 1}`, line);
      link = line.link;
      return line;
    });
}
