/** What a pull request's plan leaves at its check run, and what is read of it after the merge. */

import type { Plan } from "../plan.ts";
import { digestOfLines, reviewLines } from "./changes-digest.ts";
import type { ReviewedPlan } from "./reviewed-plan.ts";

/** As a check run has them: `external_id` and `output.text`. */
export interface ReviewRecord {
  readonly externalId: string;
  /** Markdown. */
  readonly text: string;
}

/** What GitHub takes as the text of a check run. */
const MOST_TEXT = 65_535;

const FENCE = "```";
const INTRODUCTION = "What the apply after the merge compares its plan with, one line for each change:";
const TOO_LONG =
  "There are too many changes to be kept line by line: after the merge all of them must still be planned, and nothing else.";

/** Of one instance only; the same for plans that mean the same. */
export function encodeReview({ instance, changes }: Pick<Plan, "instance" | "changes">): ReviewRecord {
  const lines = reviewLines(changes);
  const text = [INTRODUCTION, "", `${FENCE}text`, ...lines, FENCE, ""].join("\n");
  return {
    externalId: `${prefixFor(instance)}${digestOfLines(lines)}`,
    text: text.length > MOST_TEXT ? TOO_LONG : text,
  };
}

const prefixFor = (instance: string): string => `keywright:v1:${instance}:`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const LINE = /^[a-z]{1,16} [A-Za-z]{1,32} [\x21-\x7e]{1,256} [0-9a-f]{32}(?: [A-Za-z.,]{1,256})?$/;

/**
 * Undefined: it is no record of a plan of this instance. Lines count only if they are what the digest was made of: a text
 * that was cut or edited has none.
 */
export function decodeReview(
  { externalId, text }: { readonly externalId: string; readonly text: string },
  instance: string,
): Pick<ReviewedPlan, "changesDigest" | "lines"> | undefined {
  const prefix = prefixFor(instance);
  const changesDigest = externalId.startsWith(prefix) ? externalId.slice(prefix.length) : "";
  if (!DIGEST.test(changesDigest)) return undefined;
  const lines = text.split(/\r?\n/).filter((line) => LINE.test(line));
  return { changesDigest, lines: digestOfLines(lines) === changesDigest ? lines : undefined };
}
