import { isKeywrightError } from "../core/error.ts";
import { syncComment } from "../github/sync-comment.ts";
import { commentMarker } from "../report/comment-marker.ts";
import { renderStaleComment } from "../report/render-stale-comment.ts";
import type { ActionRun } from "./action-run.ts";
import { attempt, type Audience, audienceOf, isCurrent } from "./ask-pull.ts";
import { runUrlOf } from "./run-context.ts";

/** Marks the comment: of this commit there is no plan. Never throws: that there is none is what is told in the end. */
export async function publishStale(run: ActionRun, error: unknown): Promise<void> {
  if (isKeywrightError(error, "INTERRUPTED")) return;
  const lenient: ActionRun = { ...run, inputs: { ...run.inputs, comment: lenientOf(run) } };
  const audience = audienceOf(lenient);
  if (audience) await attempt(lenient, () => mark(lenient, audience, error));
}

const lenientOf = ({ inputs }: ActionRun): "auto" | "off" => (inputs.comment === "off" ? "off" : "auto");

async function mark(run: ActionRun, audience: Audience, error: unknown): Promise<void> {
  const { context, project, runner, signal } = run;
  if (!(await isCurrent(run, audience))) return;
  const { pull, repository } = audience;
  const { instance } = project.config;
  const marker = commentMarker("plan", instance);
  const body = renderStaleComment({
    marker,
    instance,
    headSha: pull.headSha,
    ...reasonOf(error),
    runUrl: runUrlOf(context),
  });
  const { url } = await syncComment(repository, { pull: pull.number, marker, body }, signal);
  runner.setOutput("comment-url", url);
}

function reasonOf(error: unknown): { readonly why: string; readonly hint?: string } {
  if (!isKeywrightError(error)) return { why: "the run failed; its log says more" };
  const { message, hint, issues } = error;
  const [first] = issues;
  const at = first?.at ? ` (${first.at.file}:${first.at.line} ${first.message})` : "";
  return { why: `${message}${at}`, ...(hint !== undefined && { hint }) };
}
