/** Issues of ours in a repository: what a stranger writes is never one, whatever stands in it. */

import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import { plainText } from "./plain-text.ts";
import { LOGIN } from "./pull-request.ts";
import { readPages } from "./read-pages.ts";
import { type Repository, repositoryPath } from "./repository.ts";

export interface Issue {
  readonly number: number;
  readonly author: string | undefined;
  readonly body: string;
  /** Its conversation: nobody may comment but those who can write. */
  readonly isLocked: boolean;
  readonly url: string;
}

export interface IssuePlace {
  /** The HTML comment that is a line of those that are sought. */
  readonly marker: string;
  /** Who we are. */
  readonly author: string;
}

/** All, oldest first. */
export async function listOpenIssues(
  { client, name }: Repository,
  place: IssuePlace,
  signal?: AbortSignal,
): Promise<readonly Issue[]> {
  const path = `${repositoryPath(name)}/issues?state=open&creator=${encodeURIComponent(place.author)}`;
  const listing = { path, schema: ISSUES, itemsOf: (page: readonly IssueAnswer[]) => page };
  const issues = await readPages(client, { ...listing, what: "open issues of ours" }, signal);
  return ownOf(issues, place).sort((a, b) => a.number - b.number);
}

const MOST_CLOSED = 100;

/** The one that was changed last; of the hundred closed issues of that author which were. */
export async function lastClosedIssue(
  { client, name }: Repository,
  place: IssuePlace,
  signal?: AbortSignal,
): Promise<Issue | undefined> {
  const query = `state=closed&creator=${encodeURIComponent(place.author)}&sort=updated&direction=desc&per_page=${MOST_CLOSED}`;
  const { request, response } = await client.read(`${repositoryPath(name)}/issues?${query}`, signal);
  return ownOf(parseAnswer(ISSUES, response, request), place)[0];
}

/** GitHub lists pull requests among the issues. */
const ownOf = (answers: readonly IssueAnswer[], { marker, author }: IssuePlace): Issue[] =>
  answers
    .filter(({ pull_request: pull }) => pull === undefined)
    .map(buildIssue)
    .filter((each) => each.author === author && hasLine(each.body, marker));

/** People may have written something after it. */
const hasLine = (body: string, marker: string): boolean => plainText(body).split("\n").includes(marker);

export interface NewIssue {
  readonly title: string;
  readonly body: string;
  /** GitHub makes those that are not there, or leaves out what the credential may not set. */
  readonly labels: readonly string[];
}

/** STORE_OUTCOME_UNKNOWN where it may be there or not. */
export async function createIssue(
  { client, name }: Repository,
  { title, body, labels }: NewIssue,
  signal?: AbortSignal,
): Promise<Issue> {
  const path = `${repositoryPath(name)}/issues`;
  const send = (fields: object, allowed: readonly number[]) =>
    client.send({ method: "POST", path, body: { title, body, ...fields } }, signal, allowed);
  const made = await send({ labels }, labels.length === 0 ? [] : [UNFIT]);
  const { request, response } = made.response.status === UNFIT ? await send({}, []) : made;
  return buildIssue(parseAnswer(ISSUE, response, request));
}

const UNFIT = 422;

export interface IssueChange {
  readonly body: string;
  readonly state?: "open" | "closed";
  /** Why it is closed. */
  readonly reason?: "completed" | "not_planned";
}

/** Undefined: it is not there any more. The same sent twice is one change, so it is tried again like a reading. */
export async function editIssue(
  { client, name }: Repository,
  number: number,
  { body, state, reason }: IssueChange,
  signal?: AbortSignal,
): Promise<Issue | undefined> {
  const path = `${repositoryPath(name)}/issues/${number}`;
  const fields = { body, ...(state && { state }), ...(reason && { state_reason: reason }) };
  const { request, response } = await client.read({ method: "PATCH", path, body: fields }, signal, GONE);
  return GONE.includes(response.status) ? undefined : buildIssue(parseAnswer(ISSUE, response, request));
}

const GONE = [404, 410];

const buildIssue = (answer: IssueAnswer): Issue => ({
  number: answer.number,
  author: answer.user?.login,
  body: answer.body ?? "",
  isLocked: answer.locked,
  url: answer.html_url,
});

interface IssueAnswer {
  readonly number: number;
  readonly user: { readonly login: string } | null;
  readonly body?: string | null;
  readonly locked: boolean;
  readonly html_url: string;
  readonly pull_request?: object;
}

const ISSUE: SchemaOf<IssueAnswer> = Object.freeze({
  type: "object",
  required: ["number", "user", "locked", "html_url"],
  properties: {
    number: { type: "integer", minimum: 1 },
    user: LOGIN,
    body: { type: ["string", "null"] },
    locked: { type: "boolean" },
    html_url: { type: "string", pattern: "^https?://[\\x21-\\x7e]{1,2000}$" },
    pull_request: { type: "object" },
  },
});

const ISSUES: SchemaOf<readonly IssueAnswer[]> = Object.freeze({ type: "array", items: ISSUE });
