/** What an apply after a merge came to, as a comment on the pull request. Security check G10: see `outcome-section.ts`. */

import type { RunRecord } from "../core/run.ts";
import { codeOf, commitOf } from "./clipped-markdown.ts";
import { closeComment, closingLength } from "./comment-marker.ts";
import { fitSections, type Section } from "./fit-sections.ts";
import { markdownLink } from "./markdown-link.ts";
import { MAX_COMMENT_LENGTH } from "./max-comment-length.ts";
import { outcomeSection } from "./outcome-section.ts";
import { blockedSection } from "./plan-sections.ts";
import { type ApplyRefusal, refusalLead, uncoveredSection } from "./render-refusal-markdown.ts";
import { summarizeRun } from "./summarize-run.ts";

export interface OutcomeContext {
  /** Of `commentMarker`. */
  readonly marker: string;
  readonly instance: string;
  /** The commit whose manifests were to be applied. */
  readonly commit: string;
  readonly branch: string;
  readonly runUrl?: string;
}

/** At most 65,536 UTF-16 code units, ending in the marker; cut between rows. */
export function renderApplyOutcome(outcome: RunRecord | ApplyRefusal, about: OutcomeContext): string {
  const end = footer(outcome, about);
  const text = fitSections(
    head(outcome, about),
    sectionsOf(outcome),
    MAX_COMMENT_LENGTH - end.length - closingLength(about.marker),
    (missing) => `\n**Cut to fit.** Not shown: ${missing}.\n`,
  );
  return closeComment(text + end, about.marker);
}

const isRun = (outcome: RunRecord | ApplyRefusal): outcome is RunRecord => "kind" in outcome;

const TITLES: Readonly<Record<RunRecord["result"], string>> = {
  applied: "applied",
  "no-change": "nothing to apply",
  "partly-applied": "partly applied",
  failed: "not applied",
  interrupted: "interrupted",
};

/** What a person does next; undefined: nothing. */
const TO_DO: Readonly<Record<RunRecord["result"], string | undefined>> = {
  applied: undefined,
  "no-change": undefined,
  "partly-applied": "Mend what failed, then run the workflow again: it does what is left, and only that.",
  failed: "Mend what failed, then run the workflow again.",
  interrupted: "Run the workflow again: it takes up what was begun, and does what is left.",
};

function head(outcome: RunRecord | ApplyRefusal, { instance }: OutcomeContext): string {
  const title = `### Keywright ${codeOf(instance)}: `;
  if (!isRun(outcome)) return `${title}not applied\n\n${refusalLead(outcome)}`;
  const toDo = TO_DO[outcome.result];
  const advice = toDo === undefined ? "" : `\n> [!WARNING]\n> ${toDo}\n`;
  return `${title}${TITLES[outcome.result]}\n\n**${summarizeRun(outcome)}**\n${advice}`;
}

const sectionsOf = (outcome: RunRecord | ApplyRefusal): readonly Section[] =>
  isRun(outcome) ? [outcomeSection(outcome), blockedSection(outcome)] : [uncoveredSection(outcome)];

function footer(outcome: RunRecord | ApplyRefusal, { commit, branch, runUrl }: OutcomeContext): string {
  const facts = [
    `Commit ${commitOf(commit)} of ${codeOf(branch)}`,
    ...(isRun(outcome) ? [`run ${codeOf(outcome.id)}`, `plan ${codeOf(outcome.planDigest)}`] : []),
    ...(runUrl === undefined ? [] : [markdownLink("the workflow's run", runUrl)]),
  ];
  return `\n---\n\n${facts.join(" · ")}\n`;
}
