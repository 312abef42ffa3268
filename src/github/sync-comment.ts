/**
 * One comment of ours on a pull request, edited in place. Two runs at once may make two: whoever sees both keeps the older one.
 * A comment that somebody deleted is made anew; one whose making nobody heard of is looked for before it is made again.
 */

import { isKeywrightError } from "../core/error.ts";
import { askGitHub } from "./ask-github.ts";
import { type Comment, createComment, editComment, endsWith, listOwnComments } from "./own-comments.ts";
import { plainText } from "./plain-text.ts";
import type { Repository } from "./repository.ts";

export interface StickyComment {
  readonly pull: number;
  /** An HTML comment on one line, which tells this comment from others of ours. */
  readonly marker: string;
  /** Markdown, of 65,536 UTF-16 code units at most. The marker is its last line, or becomes it. */
  readonly body: string;
}

export interface SyncedComment {
  readonly url: string;
  readonly action: "created" | "edited" | "unchanged";
}

const MOST_BODY = 65_536;
const TRIES = 3;

export async function syncComment(
  repository: Repository,
  { pull, marker, body }: StickyComment,
  signal?: AbortSignal,
): Promise<SyncedComment> {
  const text = endsWith(body, marker) ? body : `${body}\n\n${marker}`;
  if (text.length > MOST_BODY)
    throw new Error(`a comment of ${text.length} characters is longer than GitHub's`);
  const what = `comment on pull request ${pull} of ${repository.name}`;
  return askGitHub({ what, permission: "pull-requests: write" }, async () =>
    sync({ repository, pull, marker, text, author: await repository.login(signal), signal }, TRIES),
  );
}

interface Work {
  readonly repository: Repository;
  readonly pull: number;
  readonly marker: string;
  readonly text: string;
  readonly author: string;
  readonly signal: AbortSignal | undefined;
}

async function sync(work: Work, tries: number): Promise<SyncedComment> {
  const { repository, signal } = work;
  const [kept, ...copies] = await listOwnComments(repository, work, signal);
  if (!kept) return create(work, tries);
  const synced = await bring(work, kept);
  if (synced) {
    await fold(work, kept, copies);
    return synced;
  }
  // Deleted since it was listed.
  return copies.length > 0 && tries > 1 ? sync(work, tries - 1) : create(work, tries);
}

/** Undefined: the comment is not there any more. */
async function bring(
  { repository, text, signal }: Work,
  comment: Comment,
): Promise<SyncedComment | undefined> {
  const { id, url, body } = comment;
  if (plainText(body) === plainText(text)) return { url, action: "unchanged" };
  return (await editComment(repository, id, text, signal)) && { url, action: "edited" };
}

async function create(work: Work, tries: number): Promise<SyncedComment> {
  const { repository, pull, text, signal } = work;
  try {
    const created = await createComment(repository, pull, text, signal);
    return await settle(work, created);
  } catch (error) {
    if (!isKeywrightError(error, "STORE_OUTCOME_UNKNOWN") || tries <= 1 || signal?.aborted) throw error;
    return sync(work, tries - 1);
  }
}

/** Looks whether another run made one meanwhile, or there was one of an author that we did not know to be us. */
async function settle(work: Work, created: Comment): Promise<SyncedComment> {
  const { repository, signal } = work;
  const author = created.author ?? work.author;
  const listed = await listOwnComments(repository, { ...work, author }, signal);
  const [oldest] = listed;
  const made: SyncedComment = { url: created.url, action: "created" };
  if (!oldest || oldest.id >= created.id) return made;
  const synced = await bring(work, oldest);
  if (!synced) return made;
  const copies = [...listed.filter(({ id }) => id !== oldest.id && id !== created.id), created];
  await fold(work, oldest, copies);
  return synced;
}

/** Each becomes one line without the marker. */
async function fold({ repository, signal }: Work, kept: Comment, copies: readonly Comment[]): Promise<void> {
  for (const { id } of copies)
    await editComment(
      repository,
      id,
      `Two runs commented at once: see [the other comment](${kept.url}).`,
      signal,
    );
}
