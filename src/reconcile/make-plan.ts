/** Facts in, plan out. Sends no mutating request and takes no lock. */

import { KeywrightError } from "../core/error.ts";
import type { Facts } from "../core/facts.ts";
import { buildPlan, type Plan, type PlanBinding } from "../core/plan.ts";
import { type KeyRequest, requestFaults } from "../core/request.ts";
import { gatherFacts } from "./gather-facts.ts";
import { limitsOf } from "./limits-of.ts";
import type { World } from "./world.ts";

export interface PlannedFacts {
  readonly plan: Plan;
  readonly facts: Facts;
}

export interface PlanOptions {
  /** Names that a person allowed to be revoked or rotated against the guards. */
  readonly allowed?: readonly string[];
  /** What a person asks for besides: the plan is then about these keys alone. */
  readonly requests?: readonly KeyRequest[];
  readonly signal?: AbortSignal;
}

/** REQUEST_INVALID when a request names what is not there. */
export const makePlan = async (world: World, options: PlanOptions = {}): Promise<PlannedFacts> =>
  planFrom(world, await gather(world, options.signal), options);

export interface Gathered {
  /** Without requests. */
  readonly facts: Facts;
  readonly binding: PlanBinding;
}

/** The first half of `makePlan`: what requests can be found with. */
export async function gather(world: World, signal?: AbortSignal): Promise<Gathered> {
  const { desired, source, manifestDigest, notices } = await world.load();
  const facts = await gatherFacts(world, desired, signal);
  return { facts, binding: { store: world.store.identity, source, manifestDigest, notices } };
}

/** The second half, which reads nothing. */
export function planFrom(
  world: World,
  { facts: found, binding }: Gathered,
  { requests = [], allowed }: PlanOptions,
): PlannedFacts {
  const facts = { ...found, requests };
  const faults = requestFaults(facts);
  if (faults.length > 0) {
    const hints = [...new Set(faults.flatMap(({ hint }) => hint ?? []))];
    throw new KeywrightError("REQUEST_INVALID", faults.map(({ message }) => message).join("; "), {
      hint: hints.length > 0 ? hints.join("; ") : "`keywright status` shows the keys and their names",
    });
  }
  return { facts, plan: buildPlan(facts, binding, limitsOf(world, allowed)) };
}
