/** Brings notice boards up to date with what the ledger says that stands. */

import { canonicalJson } from "../core/digest.ts";
import type { NoticeBoard } from "../core/ports.ts";
import type { SendingResult } from "../core/telling/settle-telling.ts";
import type { Showing } from "../core/telling/showing-on.ts";
import { type BoardContent, type Standing, standingOf } from "../core/telling/standing.ts";
import type { ToldNotices } from "../core/telling/told.ts";
import { messageOf } from "./message-of.ts";
import type { NoticeFailure } from "./tell.ts";

export interface Sent {
  readonly results: readonly SendingResult[];
  readonly failures: readonly NoticeFailure[];
  /** What a board says now. */
  readonly shown?: Shown;
}

interface Shown {
  readonly board: NoticeBoard;
  readonly content: BoardContent;
}

/** Never throws. */
export async function showAll(
  board: NoticeBoard,
  showings: readonly Showing[],
  signal: AbortSignal | undefined,
): Promise<Sent> {
  const showing = showings.find(({ board: name }) => name === board.name);
  if (!showing) return { results: [], failures: [] };
  const { content, claims } = showing;
  const { isShown, failures } = await show(board, content, signal);
  const results = claims.map((sending) => ({ sending, isSent: isShown }));
  return { results, failures, ...(isShown && { shown: { board, content } }) };
}

/**
 * Another process may have found more meanwhile, and shown it before we showed what we knew: then it is shown again, by
 * what the ledger says now. `told`: what it says after this one has settled. Never throws.
 */
export async function showLater(
  { board, content }: Shown,
  told: ToldNotices,
  signal: AbortSignal | undefined,
): Promise<readonly NoticeFailure[]> {
  const now = standingOf(told, board.name);
  if (textOf(content) === textOf(now)) return [];
  return (await show(board, { ...content, ...now, found: [], over: [] }, signal)).failures;
}

const textOf = ({ items, more }: Standing): string => canonicalJson({ items, more });

async function show(
  board: NoticeBoard,
  content: BoardContent,
  signal: AbortSignal | undefined,
): Promise<{ readonly isShown: boolean; readonly failures: readonly NoticeFailure[] }> {
  const channel = board.name;
  try {
    if (signal?.aborted) return { isShown: false, failures: [] };
    const { remark } = await board.show(content, signal);
    const failures = remark === undefined ? [] : [{ channel, isSent: true, message: remark }];
    return { isShown: true, failures };
  } catch (error) {
    return { isShown: false, failures: [{ channel, message: messageOf(error) }] };
  }
}
