import type { PolicyRule } from "../../core/policy.ts";
import type { Key } from "./key.ts";
import { breachesOf } from "./policy-breaches.ts";
import { readPolicy } from "./policy.ts";
import type { StoreContext } from "./store-context.ts";

/** A key with what changes around it, without a version of its own. */
export interface DescribedKey extends Key {
  /** To the half minute; null: never. */
  readonly lastUsedAt: string | null;
  /** The rules of the present policy that it breaks. */
  readonly policyBreaches: readonly PolicyRule[];
}

export async function describeKeys(
  { database, usage }: Pick<StoreContext, "database" | "usage">,
  keys: readonly Key[],
): Promise<readonly DescribedKey[]> {
  const policy = await readPolicy(database);
  const lastUses = await usage.read(keys.map(({ id }) => id));
  return keys.map((key) => ({
    ...key,
    lastUsedAt: lastUses.get(key.id) ?? null,
    policyBreaches: breachesOf(policy, key),
  }));
}
