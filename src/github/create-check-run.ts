/**
 * A completed check of a commit. GitHub takes 50 annotations with one request and adds those of later ones, so what was carried
 * out is counted before anything is sent again.
 */

import { isKeywrightError } from "../core/error.ts";
import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import { type Annotation, annotationBody } from "./annotation.ts";
import { askGitHub } from "./ask-github.ts";
import { checkRunsOf } from "./check-runs-of.ts";
import { clipText } from "./clip-text.ts";
import { plainText } from "./plain-text.ts";
import { type Repository, repositoryPath } from "./repository.ts";

export interface NewCheckRun {
  readonly name: string;
  readonly headSha: string;
  /** What tells this run of the check from others of its name, for whoever reads it back. */
  readonly externalId?: string | undefined;
  readonly conclusion: "success" | "failure" | "neutral" | "action_required" | "cancelled" | "skipped";
  readonly title: string;
  /** Markdown; cut at 65,535 characters, as `text` is. */
  readonly summary: string;
  readonly text?: string | undefined;
  /** Of those with no place in the repository, and of more than 1,000, the summary tells how many are left out. */
  readonly annotations: readonly Annotation[];
  readonly detailsUrl?: string | undefined;
}

export interface MadeCheckRun {
  readonly id: number;
  readonly url: string | undefined;
}

const MOST_TEXT = 65_535;
const MOST_TITLE = 255;
const PER_REQUEST = 50;
const MOST_ANNOTATIONS = 1_000;
const TRIES = 3;

export const createCheckRun = (
  repository: Repository,
  check: NewCheckRun,
  signal?: AbortSignal,
): Promise<MadeCheckRun> =>
  askGitHub(
    { what: `report a check of commit ${check.headSha} of ${repository.name}`, permission: "checks: write" },
    async () => {
      const annotations = check.annotations.flatMap((each) => annotationBody(each) ?? []);
      const sent = annotations.slice(0, MOST_ANNOTATIONS);
      const left = check.annotations.length - sent.length;
      const work = { repository, check, output: outputOf(check, left), annotations: sent, signal };
      const made = await create(work, TRIES);
      await addAnnotations(work, made);
      return { id: made.id, url: made.html_url ?? undefined };
    },
  );

interface Work {
  readonly repository: Repository;
  readonly check: NewCheckRun;
  readonly output: Output;
  readonly annotations: readonly object[];
  readonly signal: AbortSignal | undefined;
}

interface Output {
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
}

function outputOf({ title, summary, text }: NewCheckRun, left: number): Output {
  const note = left === 0 ? "" : `\n\n${left} further annotations are left out.`;
  return {
    title: clipText(title, MOST_TITLE),
    summary: `${clipText(summary, MOST_TEXT - note.length)}${note}`,
    ...(text !== undefined && { text: clipText(text, MOST_TEXT) }),
  };
}

async function create(work: Work, tries: number): Promise<CheckAnswer> {
  const { repository, check, output, annotations, signal } = work;
  const { name, headSha, externalId, conclusion, detailsUrl } = check;
  const body = {
    name,
    head_sha: headSha,
    status: "completed",
    conclusion,
    ...(externalId !== undefined && { external_id: externalId }),
    ...(detailsUrl !== undefined && { details_url: detailsUrl }),
    output: { ...output, annotations: annotations.slice(0, PER_REQUEST) },
  };
  const path = `${repositoryPath(repository.name)}/check-runs`;
  try {
    const { request, response } = await repository.client.send({ method: "POST", path, body }, signal);
    return parseAnswer(CHECK_RUN, response, request);
  } catch (error) {
    if (!isKeywrightError(error, "STORE_OUTCOME_UNKNOWN") || signal?.aborted) throw error;
    const made = await find(work);
    if (made) return made;
    if (tries <= 1) throw error;
    return create(work, tries - 1);
  }
}

/** The one whose making nobody heard of: it says the same, and no later one of that App says anything else. */
async function find({ repository, check, output, signal }: Work): Promise<CheckAnswer | undefined> {
  const known = await checkRunsOf(repository, check.headSha, check.name, signal);
  const latest = known.filter((run, at) => known.findIndex((each) => each.appSlug === run.appSlug) === at);
  const same = latest.find(
    ({ externalId, conclusion, title, summary, text }) =>
      externalId === check.externalId &&
      conclusion === check.conclusion &&
      isSame(title, output.title) &&
      isSame(summary, output.summary) &&
      isSame(text, output.text),
  );
  return same && readCheckRun(repository, same.id, signal);
}

const isSame = (told = "", sent = ""): boolean => plainText(told) === plainText(sent);

async function readCheckRun(
  { client, name }: Repository,
  id: number,
  signal: AbortSignal | undefined,
): Promise<CheckAnswer> {
  const { request, response } = await client.read(`${repositoryPath(name)}/check-runs/${id}`, signal);
  return parseAnswer(CHECK_RUN, response, request);
}

/** Those that GitHub has not got yet, in the order of sending. */
async function addAnnotations(work: Work, made: CheckAnswer, tries = TRIES): Promise<void> {
  const { repository, output, annotations, signal } = work;
  const path = `${repositoryPath(repository.name)}/check-runs/${made.id}`;
  let count = made.output.annotations_count;
  while (count < annotations.length) {
    const body = { output: { ...output, annotations: annotations.slice(count, count + PER_REQUEST) } };
    try {
      const { request, response } = await repository.client.send({ method: "PATCH", path, body }, signal);
      parseAnswer(CHECK_RUN, response, request);
      count += PER_REQUEST;
    } catch (error) {
      if (!isKeywrightError(error, "STORE_OUTCOME_UNKNOWN") || tries <= 1 || signal?.aborted) throw error;
      return addAnnotations(work, await readCheckRun(repository, made.id, signal), tries - 1);
    }
  }
}

interface CheckAnswer {
  readonly id: number;
  readonly html_url: string | null;
  readonly output: { readonly annotations_count: number };
}

const CHECK_RUN: SchemaOf<CheckAnswer> = Object.freeze({
  type: "object",
  required: ["id", "html_url", "output"],
  properties: {
    id: { type: "integer", minimum: 1 },
    html_url: { type: ["string", "null"] },
    output: {
      type: "object",
      required: ["annotations_count"],
      properties: { annotations_count: { type: "integer", minimum: 0 } },
    },
  },
});
