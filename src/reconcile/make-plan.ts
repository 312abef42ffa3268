/** Facts in, plan out. Sends no mutating request and takes no lock. */

import type { Facts } from "../core/facts.ts";
import type { Limits } from "../core/guard.ts";
import { buildPlan, type Plan } from "../core/plan.ts";
import { gatherFacts } from "./gather-facts.ts";
import type { World } from "./world.ts";

export interface PlannedFacts {
  readonly plan: Plan;
  readonly facts: Facts;
}

export interface PlanOptions {
  /** Names that a person allowed to be revoked or rotated against the guards. */
  readonly allowed?: readonly string[];
  readonly signal?: AbortSignal;
}

export async function makePlan(world: World, options: PlanOptions = {}): Promise<PlannedFacts> {
  const { desired, source, manifestDigest, notices } = await world.load();
  const facts = await gatherFacts(world, desired, options.signal);
  const binding = { store: world.store.identity, source, manifestDigest, notices };
  return { facts, plan: buildPlan(facts, binding, limitsOf(world, options.allowed)) };
}

/** The configured limits and this run's exceptions; the key that we run with is always guarded. */
export function limitsOf({ limits, store }: World, allowed: readonly string[] = []): Limits {
  const own = store.ownKeyId;
  return { ...limits, allowed, ownKeyIds: own === undefined ? limits.ownKeyIds : [...limits.ownKeyIds, own] };
}
