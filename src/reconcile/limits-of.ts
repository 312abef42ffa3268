import type { Limits } from "../core/guard.ts";
import type { World } from "./world.ts";

/** The configured limits and this run's exceptions; the key that we run with is always guarded. */
export function limitsOf({ limits, approvals, store }: World, allowed: readonly string[] = []): Limits {
  const own = store.ownKeyId;
  const ownKeyIds = own === undefined ? limits.ownKeyIds : [...limits.ownKeyIds, own];
  return { ...limits, allowed, ownKeyIds, ...(approvals && { approvals }) };
}
