/** Mode `validate`: every fault of configuration and manifests at its line. Uses no credential and asks nobody. */

import { EXIT } from "../../core/error.ts";
import { hasErrors } from "../../core/issue.ts";
import { renderIssues } from "../../report/render-issues.ts";
import { renderJobSummary } from "../../report/render-job-summary.ts";
import type { ActionRun } from "../action-run.ts";
import { annotateIssues } from "../annotate-issues.ts";
import { remarksMarkdown } from "../remarks-markdown.ts";

export async function validate({ project, inputs, runner, remarks }: ActionRun): Promise<number> {
  const { issues } = await project.readManifests();
  runner.out(renderIssues(issues, { format: inputs.format, colors: false }));
  annotateIssues(runner, issues);
  const { instance } = project.config;
  runner.addSummary(renderJobSummary(instance, { mode: "validate", issues }) + remarksMarkdown(remarks));
  return hasErrors(issues) ? EXIT.failure : EXIT.done;
}
