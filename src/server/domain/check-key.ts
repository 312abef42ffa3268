/** What a gateway asks about a key that somebody has shown it: whether it is valid, and good for what is wanted. */

import type { Soon } from "../soon.ts";
import { canonicalAddress } from "../../core/address-range.ts";
import type { Credential } from "./credential.ts";
import { statusOf } from "./key.ts";
import type { Permission } from "./permissions.ts";
import type { StoreContext } from "./store-context.ts";
import { INVALID_REASONS, type Verification, findCredential, useCredential } from "./verify-key.ts";

export interface Demands {
  readonly permission?: Permission;
  /** Where the key came from: the IP allowlist has to hold it. */
  readonly clientIp?: string;
}

export const CHECK_REASONS = [...INVALID_REASONS, "address-not-allowed", "insufficient-permission"] as const;
export type Check = Verification<(typeof CHECK_REASONS)[number]>;

/** A refused address is no use of the key: it neither activates a PENDING one nor counts as its last use. */
export async function checkKey(
  context: StoreContext,
  text: string,
  { permission, clientIp }: Demands,
): Promise<Check> {
  const found = await findCredential(context, text);
  if (!found.valid) return found;
  const { credential } = found;
  if (clientIp !== undefined && !(await isGoodFrom(context, credential, clientIp))) {
    return { valid: false, reason: "address-not-allowed", credential };
  }
  const used = await useCredential(context, credential);
  if (!used.valid || permission === undefined || credential.permissions.has(permission)) return used;
  return { valid: false, reason: "insufficient-permission", credential };
}

/** A dead key is good from nowhere, and `useCredential` says why. */
function isGoodFrom(context: StoreContext, { life }: Credential, clientIp: string): Soon<boolean> {
  const status = statusOf(life, context.clock.now());
  if (status === "expired" || status === "revoked") return true;
  return context.allowlist.admits(canonicalAddress(clientIp));
}
