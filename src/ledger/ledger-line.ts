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
  /** Where the lines themselves say it, ISO 8601: from then on another may have it. */
  readonly until?: string;
  /** The lease is an earlier one: this entry renews it, or without `until` gives it back. */
  readonly fence?: number;
}

export type LedgerEntry = HeaderEntry | RecordEntry | LeaseEntry | LedgerEvent;

export const isEvent = (entry: LedgerEntry): entry is LedgerEvent =>
  entry.type !== "ledger" && entry.type !== "record" && entry.type !== "lease";

/** What the next line hangs on: the number and the hash of the line before. */
export interface ChainLink {
  /** Counts lines from 1; 0 before the first. */
  readonly seq: number;
  readonly hash: string;
}

export const CHAIN_START: ChainLink = { seq: 0, hash: "0".repeat(64) };

/** A line whose place in the chain is known, and what it carries. */
export interface CheckedLine {
  readonly link: ChainLink;
  /** ISO 8601. */
  readonly at: string;
  readonly entry: LedgerEntry;
}

/** `text` is the line without its newline. */
export type RenderedLine = CheckedLine & { readonly text: string };

/** The lines after `start`. `at` is ISO 8601. */
export function renderLines(
  start: ChainLink,
  at: string,
  entries: readonly LedgerEntry[],
): readonly RenderedLine[] {
  let link = start;
  return entries.map((entry) => {
    const line = renderLine(link, at, entry);
    link = line.link;
    return line;
  });
}

function renderLine(link: ChainLink, at: string, entry: LedgerEntry): RenderedLine {
  const body = `${opening(link)}${at}${middle(link)}${canonicalJson(entry)}`;
  const hash = sha256Hex(body);
  return { text: `${body}${closing(hash)}`, link: { seq: link.seq + 1, hash }, at, entry };
}

export interface LedgerLine {
  readonly link: ChainLink;
  /** ISO 8601. */
  readonly at: string;
  /** JSON, not parsed yet. */
  readonly entry: string;
}

/** The line `text` (without newline) after `link`, or in one sentence what is wrong with it. */
export function parseLine(link: ChainLink, text: string): LedgerLine | string {
  if (!text.startsWith(opening(link))) return `this is not line ${link.seq + 1} of a ledger`;
  const atAt = opening(link).length;
  const middleAt = atAt + INSTANT_LENGTH;
  if (!text.startsWith(middle(link), middleAt)) return "it does not follow from the line before";
  const body = text.slice(0, -CLOSING_LENGTH);
  const hash = sha256Hex(body);
  if (!text.endsWith(closing(hash))) return "its content and its hash disagree";
  const entry = body.slice(middleAt + middle(link).length);
  return { link: { seq: link.seq + 1, hash }, at: text.slice(atAt, middleAt), entry };
}

const opening = (link: ChainLink): string => `{"seq":${link.seq + 1},"at":"`;
const middle = (link: ChainLink): string => `","prev":"${link.hash}","entry":`;
const closing = (hash: string): string => `,"hash":"${hash}"}`;
const INSTANT_LENGTH = "2026-11-21T08:15:00.000Z".length;
const CLOSING_LENGTH = closing(CHAIN_START.hash).length;
