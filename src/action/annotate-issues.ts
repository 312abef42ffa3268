import type { Issue } from "../core/issue.ts";
import { issueAnnotations } from "../report/plan-annotations.ts";
import { annotateLines } from "./annotate-lines.ts";
import type { Runner } from "./runner.ts";

/** Each that has a place, at its line of the manifest or the configuration. */
export const annotateIssues = (runner: Pick<Runner, "annotate">, issues: readonly Issue[]): void =>
  annotateLines(runner, issueAnnotations(issues));
