/** A change with all that a reader of the plan weighs it by. */

import type { Change } from "../core/change.ts";
import type { Plan } from "../core/plan.ts";
import { RISK_CLASSES, type Risk } from "../core/risk/risk.ts";
import { type ChangeDescription, describeChange } from "./describe-change.ts";

export interface PlanRow {
  readonly change: Change;
  readonly description: ChangeDescription;
  /** The most serious first. */
  readonly risks: readonly Risk[];
}

/** The most dangerous changes first, the others in the plan's own order. */
export function planRows({ changes, risks }: Plan, now: Date): readonly PlanRow[] {
  const rows = changes.map((change) => ({
    change,
    description: describeChange(change, now),
    risks: risks
      .filter(({ kind, name }) => kind === change.kind && name === change.name)
      .toSorted((a, b) => rankOf(a) - rankOf(b)),
  }));
  return rows.toSorted((a, b) => rankOf(a.risks[0]) - rankOf(b.risks[0]));
}

const rankOf = (risk: Risk | undefined): number =>
  risk === undefined ? RISK_CLASSES.length : RISK_CLASSES.indexOf(risk.class);
