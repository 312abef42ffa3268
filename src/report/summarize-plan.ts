import type { Plan } from "../core/plan.ts";
import { plural } from "./plural.ts";

/** The plan in one line: what is to do, or that nothing is. Holds numbers only. */
export function summarizePlan(plan: Plan): string {
  const { create, adopt, rotate, update, revoke, blocked, unchangedKeys } = plan.counts;
  const adopted = adopt === 0 ? "" : `${adopt} to adopt, `;
  const aside = blocked === 0 ? "" : `; ${blocked} left alone`;
  if (plan.changes.length === 0) return `No changes: ${asDeclared(unchangedKeys)}${aside}.`;
  return `Plan: ${create} to create, ${adopted}${rotate} to rotate, ${update} to update, ${revoke} to revoke${aside}.`;
}

const asDeclared = (keys: number): string =>
  keys === 0 ? "nothing to do" : `${plural(keys, "key")} ${keys === 1 ? "is" : "are"} as declared`;
