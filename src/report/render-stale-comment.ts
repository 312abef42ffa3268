import { codeOf, commitOf, proseOf } from "./clipped-markdown.ts";
import { closeComment } from "./comment-marker.ts";
import { markdownLink } from "./markdown-link.ts";

export interface StaleContext {
  /** Of `commentMarker`. */
  readonly marker: string;
  readonly instance: string;
  /** The commit that the comment's plan was for; absent: nobody knows, or there was none. */
  readonly plannedSha?: string;
  /** The commit that there is no plan for. */
  readonly headSha: string;
  /** Why there is none: one line, as it came. */
  readonly why: string;
  /** What to do about it, as it came. */
  readonly hint?: string;
  readonly runUrl?: string;
}

/** Takes the place of a comment whose plan is no longer that of the pull request, so that nobody goes by it. */
export function renderStaleComment(about: StaleContext): string {
  const { marker, instance, plannedSha, headSha, why, hint, runUrl } = about;
  const lines = [
    `### Keywright plan for ${codeOf(instance)}: out of date`,
    "",
    "> [!WARNING]",
    `> **There is no plan for commit ${commitOf(headSha)}:** ${proseOf(why)}`,
    ...(hint === undefined ? [] : [">", `> ${proseOf(hint)}`]),
    "",
    plannedSha === undefined
      ? "Nothing is known of what a merge would do."
      : `The last plan was for commit ${commitOf(plannedSha)}. It says nothing of what a merge would do now.`,
    ...(runUrl === undefined ? [] : ["", markdownLink("The run", runUrl)]),
  ];
  return closeComment(`${lines.join("\n")}\n`, marker);
}
