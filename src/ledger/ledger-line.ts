/**
 * One line of the ledger: `{"seq":2,"at":"…","prev":"…","entry":{…},"hash":"…"}`. The order of the members is
 * fixed and `hash` comes last: it is the SHA-256 of the line's own text before `,"hash"`, and `prev` repeats
 * the hash of the line before. So a chain is checked by comparing text, without parsing what it carries.
 */

import { canonicalJson, sha256Hex } from "../core/digest.ts";
import type { NextKeyRecord } from "../core/key-record.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";

/** The first entry of every ledger: whose it is. */
export interface HeaderEntry {
  readonly type: "ledger";
  readonly format: 1;
  readonly instance: string;
}

/** A claim that was granted. Null: the record is gone; its version still counts. */
export interface RecordEntry {
  readonly type: "record";
  readonly name: string;
  readonly version: number;
  readonly record: NextKeyRecord | null;
}

/** A lease that was given; the number of its line is its fence. */
export interface LeaseEntry {
  readonly type: "lease";
  readonly run: string;
  readonly description: string;
}

export type LedgerEntry = HeaderEntry | RecordEntry | LeaseEntry | LedgerEvent;

/** What the next line hangs on: the number and the hash of the line before. */
export interface ChainLink {
  /** Counts lines from 1; 0 before the first. */
  readonly seq: number;
  readonly hash: string;
}

export const CHAIN_START: ChainLink = { seq: 0, hash: "0".repeat(64) };

/** The line after `link`, with its newline. `at` is ISO 8601. */
export function renderLine(
  link: ChainLink,
  at: string,
  entry: LedgerEntry,
): { text: string; link: ChainLink } {
  const body = `${opening(link)}${at}${middle(link)}${canonicalJson(entry)}`;
  const hash = sha256Hex(body);
  return { text: `${body}${closing(hash)}\n`, link: { seq: link.seq + 1, hash } };
}

export interface LedgerLine {
  readonly link: ChainLink;
  /** JSON, not parsed yet. */
  readonly entry: string;
}

/** The line `text` (without newline) after `link`, or in one sentence what is wrong with it. */
export function parseLine(link: ChainLink, text: string): LedgerLine | string {
  if (!text.startsWith(opening(link))) return `this is not line ${link.seq + 1} of a ledger`;
  const middleAt = opening(link).length + INSTANT_LENGTH;
  if (!text.startsWith(middle(link), middleAt)) return "it does not follow from the line before";
  const body = text.slice(0, -CLOSING_LENGTH);
  const hash = sha256Hex(body);
  if (!text.endsWith(closing(hash))) return "its content and its hash disagree";
  return { link: { seq: link.seq + 1, hash }, entry: body.slice(middleAt + middle(link).length) };
}

const opening = (link: ChainLink): string => `{"seq":${link.seq + 1},"at":"`;
const middle = (link: ChainLink): string => `","prev":"${link.hash}","entry":`;
const closing = (hash: string): string => `,"hash":"${hash}"}`;
const INSTANT_LENGTH = "2026-11-21T08:15:00.000Z".length;
const CLOSING_LENGTH = closing(CHAIN_START.hash).length;
