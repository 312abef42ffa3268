/** What ended a run, in the log, as annotations and on the job's page. */

import { ERROR_CODES, EXIT, isKeywrightError } from "../core/error.ts";
import { codeOf, proseOf } from "../report/clipped-markdown.ts";
import { renderError } from "../report/render-error.ts";
import { annotateIssues } from "./annotate-issues.ts";
import type { Runner } from "./runner.ts";

/** Gives the exit code. */
export function reportFailure(error: unknown, runner: Runner): number {
  runner.out(renderError(error, { colors: false }));
  const { code, message, hint } = factsOf(error);
  if (isKeywrightError(error)) annotateIssues(runner, error.issues);
  runner.annotate("error", { title: code }, message, ...(hint === undefined ? [] : [`hint: ${hint}`]));
  const advice = hint === undefined ? "" : `\n\n${proseOf(hint)}`;
  runner.addFailure(error, `**Keywright failed:** ${codeOf(code)} ${proseOf(message)}${advice}`);
  return isKeywrightError(error) ? ERROR_CODES[error.code] : EXIT.failure;
}

interface FailureFacts {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

function factsOf(error: unknown): FailureFacts {
  if (isKeywrightError(error)) return error;
  return { code: "BUG", message: "a bug in Keywright ended the run; please report it" };
}
