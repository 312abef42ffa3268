/** What a run could not do, and what it did that had failed before. */

import { type Blocked, isFault } from "../blocked.ts";
import type { KeywrightError } from "../error.ts";
import type { NoticeItem } from "../notification.ts";
import type { ChangeOutcome } from "../run.ts";
import type { Matter, Observed } from "./matter.ts";

/** Commands that tell of what ends them before they have done anything. */
export type TellingCommand = "apply" | "drift" | "drift --fix";

export interface RunOutcome {
  readonly changes: readonly ChangeOutcome[];
  readonly blocked: readonly Blocked[];
  /** Of a plan of all that is to be done: what it does not have is as declared. */
  readonly isWhole: boolean;
}

export function observeRun({ changes, blocked, isWhole }: RunOutcome): Observed {
  const applied = new Set(
    changes.filter(({ outcome }) => outcome === "applied").map(({ kind, name }) => keyOf(kind, name)),
  );
  // What did not get its turn may fail again.
  const isAll = isWhole && changes.every(({ outcome }) => outcome !== "not-run");
  const items = [...changes.flatMap(failureItem), ...blocked.filter(isFault).map(blockedItem)];
  const matters = new Map(
    items.map((item): readonly [string, Matter] => [item.key, { family: "run", item }]),
  );
  return {
    matters: [...matters.values()],
    isGone: (key, family) =>
      family === "run" && (isAll ? !OF_DRIFT.some((command) => isFailureOf(command, key)) : applied.has(key)),
  };
}

/** What was thrown before the first change, or in place of a look. */
export function observeFailure(command: TellingCommand, error: KeywrightError): Observed {
  const { code, message, hint, issues } = error;
  const count =
    issues.length === 0 ? "" : ` (${issues.length === 1 ? "1 issue" : `${issues.length} issues`})`;
  const item = {
    key: `${failuresOf(command)}${code}`,
    message: `keywright ${command} ended with ${code}: ${message}${count}`,
    ...(hint !== undefined && { hint }),
    code,
  };
  return { matters: [{ family: "run", item }], isGone: () => false };
}

/** A run says nothing of them. */
const OF_DRIFT: readonly TellingCommand[] = ["drift", "drift --fix"];

const failuresOf = (command: TellingCommand): string => `run/${command}/`;

/** Whether a matter is what ended this command. */
export const isFailureOf = (command: TellingCommand, key: string): boolean =>
  key.startsWith(failuresOf(command));

const keyOf = (kind: string, name: string): string => `run/${kind}/${name}`;

function failureItem({ action, kind, name, outcome, message, error }: ChangeOutcome): readonly NoticeItem[] {
  if (outcome === "applied" || outcome === "not-run") return [];
  const what = outcome === "unknown" ? "may or may not have been done" : "failed";
  return [
    {
      key: keyOf(kind, name),
      message: `${action} ${kind} ${name} ${what}: ${error?.message ?? message}`,
      ...(error?.hint !== undefined && { hint: error.hint }),
      kind,
      name,
      ...(error && { code: error.code }),
    },
  ];
}

const blockedItem = ({ kind, name, code, message, hint }: Blocked): NoticeItem => ({
  key: keyOf(kind, name),
  message: `${kind} ${name} is left alone: ${message}`,
  hint,
  kind,
  name,
  code,
});
