/** The way to the pull request of the run: GitHub may refuse or fail, and a plan is a plan all the same. */

import { isKeywrightError } from "../core/error.ts";
import { readPull } from "../github/read-pull.ts";
import type { OpenRepository } from "../github/open-repository.ts";
import { KeywrightError } from "../core/error.ts";
import type { ActionRun } from "./action-run.ts";
import type { PullContext } from "./run-context.ts";

export interface Audience {
  readonly pull: PullContext;
  readonly repository: OpenRepository;
}

/** Whom to tell; undefined: nobody is to be told, and where that may surprise, the log says why. Throws CREDENTIAL_MISSING. */
export function audienceOf({ context, inputs, repository, runner }: ActionRun): Audience | undefined {
  const { pull } = context;
  if (!pull || inputs.comment === "off") return undefined;
  if (repository) return { pull, repository };
  const message = "there is no token, so the pull request is told nothing";
  const hint = "leave the input token out, or give one with pull-requests: write and checks: write";
  if (inputs.comment === "required") throw new KeywrightError("CREDENTIAL_MISSING", message, { hint });
  runner.annotate("warning", {}, message, `hint: ${hint}`);
  return undefined;
}

/**
 * Undefined where GitHub did not do it, which is a warning, unless the input `comment` demands it: then the error is thrown
 * after all else is done.
 */
export async function attempt<T>(
  { inputs, runner }: ActionRun,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isKeywrightError(error) || error.code === "INTERRUPTED" || inputs.comment === "required")
      throw error;
    const { code, message, hint } = error;
    runner.annotate("warning", { title: code }, message, ...(hint === undefined ? [] : [`hint: ${hint}`]));
    return undefined;
  }
}

/**
 * Whether the commit of this run is still what the pull request is about. Another run is told of what came later, and may have
 * been quicker.
 */
export async function isCurrent(
  { runner, signal }: ActionRun,
  { pull, repository }: Audience,
): Promise<boolean> {
  const { headSha, isClosed } = await readPull(repository, pull.number, signal);
  if (!isClosed && headSha === pull.headSha) return true;
  const why = isClosed ? "it was closed meanwhile" : "it has newer commits, which another run plans";
  runner.annotate("notice", {}, `The comment on pull request ${pull.number} is left as it is: ${why}.`);
  return false;
}
