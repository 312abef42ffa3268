/** The comments of ours on a pull request: what a stranger writes is never one, whatever stands in it. */

import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import { plainText } from "./plain-text.ts";
import { LOGIN } from "./pull-request.ts";
import { readPages } from "./read-pages.ts";
import { type Repository, repositoryPath } from "./repository.ts";

export interface Comment {
  readonly id: number;
  readonly author: string | undefined;
  readonly body: string;
  readonly url: string;
}

export interface CommentPlace {
  readonly pull: number;
  /** The HTML comment that is the last line of those that are sought. */
  readonly marker: string;
  /** Who we are. */
  readonly author: string;
}

/** Oldest first. */
export async function listOwnComments(
  { client, name }: Repository,
  { pull, marker, author }: CommentPlace,
  signal?: AbortSignal,
): Promise<readonly Comment[]> {
  const path = `${repositoryPath(name)}/issues/${pull}/comments`;
  const listing = { path, schema: COMMENTS, itemsOf: (page: readonly CommentAnswer[]) => page };
  const comments = await readPages(client, { ...listing, what: "comments on one pull request" }, signal);
  return comments
    .map(buildComment)
    .filter((each) => each.author === author && endsWith(each.body, marker))
    .sort((a, b) => a.id - b.id);
}

/** Undefined: it is not there any more. The same text sent twice is one change, so it is tried again like a reading. */
export async function editComment(
  { client, name }: Repository,
  id: number,
  body: string,
  signal?: AbortSignal,
): Promise<Comment | undefined> {
  const path = `${repositoryPath(name)}/issues/comments/${id}`;
  const { request, response } = await client.read({ method: "PATCH", path, body: { body } }, signal, [404]);
  return response.status === 404 ? undefined : buildComment(parseAnswer(COMMENT, response, request));
}

/** STORE_OUTCOME_UNKNOWN where it may be there or not. */
export async function createComment(
  { client, name }: Repository,
  pull: number,
  body: string,
  signal?: AbortSignal,
): Promise<Comment> {
  const path = `${repositoryPath(name)}/issues/${pull}/comments`;
  const { request, response } = await client.send({ method: "POST", path, body: { body } }, signal);
  return buildComment(parseAnswer(COMMENT, response, request));
}

/** Whether `marker` is the last line. */
export const endsWith = (body: string, marker: string): boolean =>
  plainText(body).split("\n").at(-1) === marker;

const buildComment = ({ id, user, body = "", html_url: url }: CommentAnswer): Comment => ({
  id,
  author: user?.login,
  body,
  url,
});

interface CommentAnswer {
  readonly id: number;
  readonly user: { readonly login: string } | null;
  readonly body?: string;
  readonly html_url: string;
}

const COMMENT: SchemaOf<CommentAnswer> = Object.freeze({
  type: "object",
  required: ["id", "user", "html_url"],
  properties: {
    id: { type: "integer", minimum: 1 },
    user: LOGIN,
    body: { type: "string" },
    html_url: { type: "string", pattern: "^https?://[\\x21-\\x7e]{1,2000}$" },
  },
});

const COMMENTS: SchemaOf<readonly CommentAnswer[]> = Object.freeze({ type: "array", items: COMMENT });
