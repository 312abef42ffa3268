import type { Change } from "../core/change.ts";
import type { Position } from "../core/issue.ts";
import type { Plan } from "../core/plan.ts";

/** Kinds whose names stand in violations. */
const CITED: ReadonlySet<string> = new Set(["ApiKey", "IpAllowlist"]);

/** Where the change is declared; undefined: nowhere any longer. */
export const originOfChange = (change: Change): Position | undefined =>
  "desired" in change ? change.desired.origin : undefined;

/** Where the first of the names that a violation is about, and that is still declared, is declared. */
export function originOfNames(names: readonly string[], { changes }: Plan): Position | undefined {
  for (const name of names) {
    const change = changes.find((each) => CITED.has(each.kind) && each.name === name && "desired" in each);
    if (change) return originOfChange(change);
  }
  return undefined;
}
