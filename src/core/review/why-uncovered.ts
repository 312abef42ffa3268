import type { Change } from "../change.ts";
import type { ReviewedPlan } from "./reviewed-plan.ts";

/** One line for people: what they were shown instead. */
export function whyUncovered(change: Change, reviewed: readonly ReviewedPlan[]): string {
  const { action, kind, name } = change;
  if (reviewed.length === 0) return "no pull request showed it";
  const shown = reviewed.flatMap(({ pull, lines = [] }) =>
    lines.map((line) => ({ pull, words: line.split(" ") })),
  );
  const ofIt = shown.filter(({ words }) => words[1] === kind && words[2] === name);
  const same = ofIt.find(({ words }) => words[0] === action);
  if (same) return `what #${same.pull} showed of it was something else, or less often`;
  const [other] = ofIt;
  if (other) return `#${other.pull} showed to ${other.words[0]} it, and not to ${action} it`;
  const cut = reviewed.find(({ lines }) => lines === undefined);
  if (cut) return `#${cut.pull} showed too much to be kept line by line, and the plan is another one now`;
  return `${reviewed.map(({ pull }) => `#${pull}`).join(", ")} did not show it`;
}
