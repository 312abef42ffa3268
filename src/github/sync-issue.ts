/**
 * One issue of ours in a repository, which says how things are: opened when something is new, edited in place, closed when
 * nothing is left, and the same one opened again later. Two runs at once may open two: whoever sees both keeps the older one.
 *
 * What a person closed stays closed until something is new, and nothing is written where it would say the same.
 */

import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { askGitHub } from "./ask-github.ts";
import { createIssue, editIssue, type Issue, lastClosedIssue, listOpenIssues } from "./issue.ts";
import { createComment } from "./own-comments.ts";
import type { Repository } from "./repository.ts";

export interface StandingIssue {
  /** An HTML comment on one line, which tells this issue from others of ours. */
  readonly marker: string;
  /** Of a new one; people may write another. */
  readonly title: string;
  /** Markdown, of 65,536 UTF-16 code units at most, with the marker as a line of its own. */
  readonly body: string;
  /** Of a new one. */
  readonly labels: readonly string[];
  /** Whether nothing is left. */
  readonly isOver: boolean;
  /** Whether something is new that people are to see. */
  readonly isNew: boolean;
  /** What has changed, for those who follow the issue; absent: nothing to speak of. Not for one that is made: that says it all. */
  readonly comment?: string | undefined;
  /** Whether two texts of it say the same. */
  readonly isSame: (one: string, other: string) => boolean;
}

export interface SyncedIssue {
  readonly action: "opened" | "reopened" | "edited" | "closed" | "unchanged";
  /** Absent: there is none. */
  readonly url?: string;
  /** What could not be done besides, for people. */
  readonly remark?: string;
}

const TRIES = 3;

export const syncIssue = (
  repository: Repository,
  issue: StandingIssue,
  signal?: AbortSignal,
): Promise<SyncedIssue> =>
  askGitHub(
    { what: `keep the issue of ${repository.name} up to date`, permission: "issues: write" },
    async () => sync({ repository, issue, author: await repository.login(signal), signal }, TRIES),
  );

interface Work {
  readonly repository: Repository;
  readonly issue: StandingIssue;
  readonly author: string;
  readonly signal: AbortSignal | undefined;
}

async function sync(work: Work, tries: number): Promise<SyncedIssue> {
  const { repository, issue, author, signal } = work;
  const place = { marker: issue.marker, author };
  const [kept, ...copies] = await listOpenIssues(repository, place, signal);
  if (kept) {
    const synced = issue.isOver ? await close(work, kept) : await bring(work, kept);
    // Deleted since it was listed; GitHub says the same to a token without the scope to write.
    if (!synced && tries <= 1) throw beyondReach(work, kept);
    if (!synced) return sync(work, tries - 1);
    await fold(work, kept, copies);
    return synced;
  }
  if (issue.isOver || !issue.isNew) return { action: "unchanged" };
  return (await reopen(work)) ?? open(work, tries);
}

const beyondReach = ({ repository: { name } }: Work, { number }: Issue): KeywrightError =>
  new KeywrightError(
    "GITHUB_FAILED",
    `Issue ${number} of ${name} is listed, and is not there when it is edited.`,
    {
      hint: "Check that the credential may write issues there (`issues: write`, or the scope `repo` of a classic token).",
    },
  );

/** Undefined, as of the others: it is not there any more. */
async function bring(work: Work, { number, url, body, isLocked }: Issue): Promise<SyncedIssue | undefined> {
  const { repository, issue, signal } = work;
  if (issue.isSame(body, issue.body)) return { action: "unchanged", url };
  if (!(await editIssue(repository, number, { body: issue.body }, signal))) return undefined;
  return { action: "edited", url, ...(await comment(work, number, isLocked)) };
}

async function close(work: Work, { number, url, isLocked }: Issue): Promise<SyncedIssue | undefined> {
  const { repository, issue, signal } = work;
  const change = { body: issue.body, state: "closed", reason: "completed" } as const;
  if (!(await editIssue(repository, number, change, signal))) return undefined;
  return { action: "closed", url, ...(await comment(work, number, isLocked)) };
}

/** A locked one is over for good. */
async function reopen(work: Work): Promise<SyncedIssue | undefined> {
  const { repository, issue, author, signal } = work;
  const last = await lastClosedIssue(repository, { marker: issue.marker, author }, signal);
  if (!last || last.isLocked) return undefined;
  const { number, url } = last;
  if (!(await editIssue(repository, number, { body: issue.body, state: "open" }, signal))) return undefined;
  return { action: "reopened", url, ...(await comment(work, number, false)) };
}

async function open(work: Work, tries: number): Promise<SyncedIssue> {
  const { repository, issue, signal } = work;
  try {
    return await settle(work, await createIssue(repository, issue, signal));
  } catch (error) {
    if (!isKeywrightError(error, "STORE_OUTCOME_UNKNOWN") || tries <= 1 || signal?.aborted) throw error;
    return sync(work, tries - 1);
  }
}

/** Looks whether another run opened one meanwhile, or there was one of an author that we did not know to be us. */
async function settle(work: Work, made: Issue): Promise<SyncedIssue> {
  const { repository, issue, signal } = work;
  const author = made.author ?? work.author;
  const listed = await listOpenIssues(repository, { marker: issue.marker, author }, signal);
  const [oldest] = listed;
  const opened: SyncedIssue = { action: "opened", url: made.url };
  if (!oldest || oldest.number >= made.number) return opened;
  const synced = await bring(work, oldest);
  if (!synced) return opened;
  const copies = [...listed.filter(({ number }) => number !== oldest.number && number !== made.number), made];
  await fold(work, oldest, copies);
  return synced;
}

/** Each is closed, and loses the marker, so that it is never taken for the one. */
async function fold({ repository, signal }: Work, kept: Issue, copies: readonly Issue[]): Promise<void> {
  for (const { number } of copies) {
    const body = `Two runs opened an issue at once: see [the other one](${kept.url}).`;
    await editIssue(repository, number, { body, state: "closed", reason: "not_planned" }, signal);
  }
}

/** The issue says it already, so it is none the worse without. */
async function comment(
  { repository, issue, signal }: Work,
  number: number,
  isLocked: boolean,
): Promise<Pick<SyncedIssue, "remark">> {
  if (issue.comment === undefined || isLocked) return {};
  try {
    await createComment(repository, number, issue.comment, signal);
    return {};
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    return { remark: `the issue is up to date, but could not be commented on: ${error.message}` };
  }
}
