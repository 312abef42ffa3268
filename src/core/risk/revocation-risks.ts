import type { RevokeKey, RevokeRole, RevokeSecret } from "../change.ts";
import { isValid } from "../expiry.ts";
import { keyText } from "../key-text.ts";
import type { Risk } from "./risk.ts";

/**
 * Of what consumers may still use, and nothing takes the place of. A key that ends because a successor took over, or
 * because its secret is in wrong hands, is none of it, and a role ends when nobody has it.
 */
export function revocationRisks(change: RevokeKey | RevokeRole | RevokeSecret, now: Date): readonly Risk[] {
  const { kind, name } = change;
  const about = { class: "production-revocation", kind, name } as const;
  if (kind === "Role") return [];
  if (kind === "Secret")
    return [{ ...about, message: `secret ${name}: ${change.secret.tag} is taken out of the store` }];
  const isForGood = change.reason === "removed" || change.reason === "asked";
  if (!isForGood || !isValid(change.key, now)) return [];
  return [{ ...about, message: `${name}: ${keyText(change.key)} is revoked for good` }];
}
