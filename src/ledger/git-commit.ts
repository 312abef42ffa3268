/** A commit of the ledger's branch, as `git fast-import` reads it, and what its message says. */

import type { LedgerEntry } from "./ledger-line.ts";

export interface CommitContent {
  readonly parent: string | undefined;
  readonly message: string;
  readonly at: Date;
  /** Replaces the file at `path`; the others stay. */
  readonly path: string;
  readonly text: string;
}

const IDENTITY = "Keywright <keywright@localhost>";

/** Prints the commit's id when it is made. */
export function renderCommit({ parent, message, at, path, text }: CommitContent): Buffer {
  const seconds = Math.floor(at.getTime() / 1000);
  return Buffer.concat([
    Buffer.from(`reset refs/keywright/next\ncommit refs/keywright/next\nmark :1\n`),
    Buffer.from(`committer ${IDENTITY} ${seconds} +0000\n`),
    renderData(message),
    Buffer.from(parent === undefined ? "" : `from ${parent}\n`),
    Buffer.from(`M 100644 inline ${path}\n`),
    renderData(text),
    Buffer.from("get-mark :1\ndone\n"),
  ]);
}

function renderData(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")]);
}

const LONGEST_SUBJECT = 200;

/**
 * One line that says run and what; below it `write`, which makes two commits of the same content two. Names are those
 * of manifests, which are no secrets.
 */
export function commitMessage(entries: readonly LedgerEntry[], write: string): string {
  const runs = new Set(entries.flatMap((entry) => ("run" in entry ? [entry.run] : [])));
  const who = runs.size === 0 ? "keywright" : `run ${[...runs].join(", ")}`;
  const subject = `${who}: ${describe(entries)}`.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
  return `${subject.slice(0, LONGEST_SUBJECT).replace(/[\uD800-\uDBFF]$/, "")}\n\nKeywright-Write: ${write}\n`;
}

function describe(entries: readonly LedgerEntry[]): string {
  const names = new Set(entries.flatMap((entry) => (entry.type === "record" ? [entry.name] : [])));
  const count = (type: LedgerEntry["type"]): number => entries.filter((entry) => entry.type === type).length;
  const parts = [
    ...entries.flatMap((entry) => (entry.type === "ledger" ? [`begin the ledger of ${entry.instance}`] : [])),
    ...entries.flatMap((entry) => (entry.type === "lease" ? [describeLease(entry)] : [])),
    ...(count("run-started") > 0 ? ["start"] : []),
    ...(names.size > 0 ? [`record ${[...names].slice(0, 5).join(", ")}${names.size > 5 ? ", …" : ""}`] : []),
    ...some(count("intent"), "intent"),
    ...some(count("outcome"), "outcome"),
    ...entries.flatMap((entry) => (entry.type === "run-finished" ? [`finish: ${entry.record.result}`] : [])),
  ];
  return parts.join("; ");
}

const some = (count: number, what: string): readonly string[] =>
  count === 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"}`];

function describeLease({ fence, until }: Extract<LedgerEntry, { type: "lease" }>): string {
  if (fence === undefined) return "take the lease";
  return until === undefined ? "give the lease back" : "renew the lease";
}
