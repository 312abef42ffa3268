/** What is known of a ledger's branch: its newest commit, its files, and how far their lines have been followed. */

import type { GitBranch, TreeFile } from "./git-branch.ts";
import { noLedger } from "./git-fault.ts";
import { readSegment, SEGMENT_BYTES, SEGMENT_DIRECTORY, type Segment, segmentPath } from "./git-segments.ts";
import { corruptLedger } from "./ledger-fault.ts";
import { CHAIN_START, type ChainLink, type CheckedLine } from "./ledger-line.ts";

/** Sees every line once, in order. */
export type LineVisitor = (line: CheckedLine) => void;

/** A file as it is with the next lines in it. */
export interface NextFile {
  readonly index: number;
  readonly path: string;
  readonly text: string;
}

export class GitHistory {
  readonly #instance: string;
  readonly #visit: LineVisitor;
  #tip: string | undefined;
  #segments: readonly Segment[] = [];
  /** What the last file holds. */
  #tail = "";
  #link: ChainLink = CHAIN_START;

  constructor(instance: string, visit: LineVisitor) {
    this.#instance = instance;
    this.#visit = visit;
  }

  /** The commit up to which it is known; undefined: there is no branch yet. */
  get tip(): string | undefined {
    return this.#tip;
  }

  get link(): ChainLink {
    return this.#link;
  }

  /** Visits what `tip` has besides what is known. LEDGER_CORRUPT when it does not go on from there. */
  async follow(branch: GitBranch, tip: string): Promise<void> {
    const segments: Segment[] = [];
    const fresh: CheckedLine[] = [];
    let link = CHAIN_START;
    let tail = this.#tail;
    for (const [index, file] of (await listSegments(branch, tip)).entries()) {
      const known = this.#segments[index];
      if (known?.id !== file.id || known.start.hash !== link.hash) {
        tail = await branch.read(file.id);
        const lines = this.#check(link, tail, placeOf(branch, file));
        fresh.push(...lines.filter(({ link: { seq } }) => seq > this.#link.seq));
        segments.push({ id: file.id, start: link, end: lines.at(-1)?.link ?? link });
      } else segments.push(known);
      link = segments.at(-1)?.end ?? link;
    }
    if (link.seq < this.#link.seq) {
      throw corruptLedger(branch.place, `it had ${this.#link.seq} lines, and has ${link.seq} now`);
    }
    this.#tip = tip;
    this.#segments = segments;
    this.#tail = tail;
    this.#link = link;
    for (const line of fresh) this.#visit(line);
  }

  /** Where `added` goes: into the last file, or a new one when that is long enough. */
  next(added: string): NextFile {
    const isFull = this.#segments.length === 0 || Buffer.byteLength(this.#tail) >= SEGMENT_BYTES;
    const index = isFull ? this.#segments.length : this.#segments.length - 1;
    return { index, path: segmentPath(index), text: isFull ? added : this.#tail + added };
  }

  /** `lines` were pushed with `commit`, as `next` said. */
  accept(commit: string, lines: readonly CheckedLine[], { index, text }: NextFile): void {
    const start = this.#segments[index]?.start ?? this.#link;
    this.#link = lines.at(-1)?.link ?? this.#link;
    this.#segments = [...this.#segments.slice(0, index), { id: undefined, start, end: this.#link }];
    this.#tail = text;
    this.#tip = commit;
    for (const line of lines) this.#visit(line);
  }

  #check(start: ChainLink, text: string, place: string): readonly CheckedLine[] {
    const lines = readSegment(start, text, place, this.#instance);
    const index = this.#link.seq - start.seq - 1;
    const known = lines[index];
    if (known && known.link.hash !== this.#link.hash) {
      throw corruptLedger(
        `${place}:${index + 1}`,
        "it is not the line that stood there: the branch was rewritten",
      );
    }
    return lines;
  }
}

/** Every line of a commit of the branch, from the first on, read and checked afresh. */
export async function* readHistory(
  branch: GitBranch,
  tip: string,
  instance: string,
): AsyncGenerator<CheckedLine> {
  let link = CHAIN_START;
  for (const file of await listSegments(branch, tip)) {
    const lines = readSegment(link, await branch.read(file.id), placeOf(branch, file), instance);
    link = lines.at(-1)?.link ?? link;
    yield* lines;
  }
}

async function listSegments(branch: GitBranch, tip: string): Promise<readonly TreeFile[]> {
  const files = await branch.list(tip, SEGMENT_DIRECTORY);
  if (files[0]?.path !== segmentPath(0)) throw noLedger(branch.place);
  const odd = files.find(({ path }, index) => path !== segmentPath(index));
  if (odd)
    throw corruptLedger(
      placeOf(branch, odd),
      "this file has no place in a ledger, or one before it is missing",
    );
  return files;
}

const placeOf = ({ place }: GitBranch, { path }: TreeFile): string => `${place}, ${path}`;
