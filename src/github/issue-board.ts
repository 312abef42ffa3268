/** A notice board that is one issue of a repository. */

import { KeywrightError, isKeywrightError } from "../core/error.ts";
import type { NoticeBoard } from "../core/ports.ts";
import type { BoardContent } from "../core/telling/standing.ts";
import type { Repository } from "./repository.ts";
import { type StandingIssue, syncIssue } from "./sync-issue.ts";

export interface IssueBoardOptions extends Pick<NoticeBoard, "name" | "events"> {
  readonly labels: readonly string[];
  /** What the issue says. */
  readonly render: (content: BoardContent) => IssueTexts;
  /** Opened when there is something to show. */
  readonly open: () => Promise<ClosableRepository>;
  /** Makes a text fit for people, whatever GitHub answered. */
  readonly redact: (text: string) => string;
  readonly timeLimitMs?: number;
}

export type IssueTexts = Pick<StandingIssue, "marker" | "title" | "body" | "comment" | "isSame">;

export interface ClosableRepository extends Repository {
  close(): Promise<void>;
}

/** GitHub's limits may ask for more; the next run tries again. */
const TIME_LIMIT_MS = 60_000;

export const createIssueBoard = (options: IssueBoardOptions): NoticeBoard => ({
  isBoard: true,
  name: options.name,
  events: options.events,
  show: async (content, signal) => {
    const { timeLimitMs = TIME_LIMIT_MS } = options;
    try {
      return await show(options, content, endedBy(signal, timeLimitMs));
    } catch (error) {
      if (!isKeywrightError(error)) throw error;
      const isLate = error.code === "INTERRUPTED" && signal?.aborted !== true;
      throw unsent(isLate ? tooLate(timeLimitMs) : error, options);
    }
  },
});

const tooLate = (limitMs: number): Pick<KeywrightError, "message" | "hint"> => ({
  message: `GitHub, or its limits, asked for more than ${limitMs / 1000} seconds.`,
  hint: undefined,
});

const unsent = (
  { message, hint }: Pick<KeywrightError, "message" | "hint">,
  { redact }: IssueBoardOptions,
): KeywrightError =>
  new KeywrightError("NOTICE_UNSENT", redact(message), hint === undefined ? {} : { hint: redact(hint) });

async function show(
  { labels, render, open, redact }: IssueBoardOptions,
  content: BoardContent,
  signal: AbortSignal,
): Promise<{ readonly remark?: string }> {
  const { items, more, found } = content;
  const repository = await open();
  try {
    const state = { isOver: items.length + more === 0, isNew: found.length > 0 };
    const { remark } = await syncIssue(repository, { ...render(content), labels, ...state }, signal);
    return remark === undefined ? {} : { remark: redact(remark) };
  } finally {
    await repository.close();
  }
}

const endedBy = (signal: AbortSignal | undefined, limitMs: number): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(limitMs), ...(signal ? [signal] : [])]);
