import { BOARD_EVENTS, ISSUE_LABELS } from "../config/build-notice.ts";
import { KeywrightError } from "../core/error.ts";
import { openIssueBoard } from "../wire/open-issue-board.ts";
import type { ActionRun } from "./action-run.ts";
import { runUrlOf } from "./run-context.ts";

/** The same run, which keeps an issue in its own repository, unless the configuration has one. Throws USAGE without a token. */
export function withIssue(run: ActionRun): ActionRun {
  const { context, project, repository } = run;
  if (project.config.notify.some(({ driver }) => driver === "github-issue")) return run;
  if (!repository) {
    throw new KeywrightError("USAGE", "the input issue needs the input token", {
      hint: "leave out the input token, which is the one of the job then, and give the job `issues: write`",
    });
  }
  const board = openIssueBoard({
    name: "github-issue",
    events: BOARD_EVENTS,
    labels: ISSUE_LABELS,
    instance: project.config.instance,
    runUrl: runUrlOf(context),
    // Closed with the run.
    open: () => Promise.resolve({ ...repository, close: () => Promise.resolve() }),
  });
  return { ...run, project: { ...project, channels: [...(project.channels ?? []), board] } };
}
