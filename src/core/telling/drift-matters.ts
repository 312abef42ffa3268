import type { DriftReport } from "../drift/drift-report.ts";
import type { Finding } from "../drift/finding.ts";
import type { NoticeItem } from "../notification.ts";
import type { Observed } from "./matter.ts";
import { isFailureOf, type TellingCommand } from "./run-matters.ts";

/**
 * What a drift check tells people. Where something could not be looked at, what is not found is not over; where all is
 * as declared, what a run could not do is done. `through`: the commands that have got through by now.
 */
export function observeDrift(
  { findings, due, unread }: DriftReport,
  through: readonly TellingCommand[],
): Observed {
  const told = findings.filter(({ response }) => response !== "ignore");
  const isWhole = unread.length === 0;
  const isClean = isWhole && told.length === 0 && due.length === 0;
  return {
    matters: told.map((finding) => ({ family: "drift", item: itemOf(finding) })),
    isGone: (key, family) =>
      (family === "drift" && isWhole) ||
      (family === "run" && (isClean || through.some((command) => isFailureOf(command, key)))),
    isAllWell: isClean,
  };
}

/** Without the details, which may be many: `keywright drift` has them. */
const itemOf = (finding: Finding): NoticeItem => ({
  key: finding.key,
  message: messageOf(finding),
  ...(finding.hint !== undefined && { hint: finding.hint }),
  kind: finding.kind,
  ...(finding.name !== undefined && { name: finding.name }),
  ...(finding.id !== undefined && { id: finding.id }),
  ...(finding.generation !== undefined && { generation: finding.generation }),
  class: finding.class,
  response: finding.response,
});

const messageOf = ({ class: name, name: of, message }: Finding): string =>
  `${name}: ${of === undefined ? "" : `${of}: `}${message}`;
