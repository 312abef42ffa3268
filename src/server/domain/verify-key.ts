/** Tells whether a text is a valid key or personal token; the first use of a PENDING key activates it. */

import { isKeyText, keyDigest } from "../../core/key-format.ts";
import { Secret } from "../../core/secret.ts";
import { type Soon, andThen } from "../soon.ts";
import { activateByUse } from "./change-key.ts";
import type { Credential } from "./credential.ts";
import { statusOf } from "./key.ts";
import { isRefusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";

export const INVALID_REASONS = ["malformed", "unknown", "wrong-level", "expired", "revoked"] as const;
export type InvalidReason = (typeof INVALID_REASONS)[number];

/** A façade that proves credentials its own way has reasons of its own. */
export type Verification<Reason extends string = InvalidReason> =
  | { readonly valid: true; readonly credential: Credential }
  | { readonly valid: false; readonly reason: Reason; readonly credential?: Credential };

/** Text without a key's checksum is refused before any look-up. An advanced key is never good as it stands. */
export const verifyKey = (context: StoreContext, text: string): Soon<Verification> =>
  andThen(findCredential(context, text), (found) =>
    found.valid ? useCredential(context, found.credential) : found,
  );

/** As `verifyKey`, without a look at its dates: nothing is used yet. */
export function findCredential(context: StoreContext, text: string): Soon<Verification> {
  if (!isKeyText(text)) return { valid: false, reason: "malformed" };
  return andThen(context.credentials.find(keyDigest(Secret.of(text))), judge);
}

function judge(credential: Credential | undefined): Verification {
  if (!credential) return { valid: false, reason: "unknown" };
  if (credential.securityLevel === "advanced") return { valid: false, reason: "wrong-level", credential };
  return { valid: true, credential };
}

/** For a credential that has been proven, by its text or by a signature. Notes the use. */
export function useCredential(context: StoreContext, credential: Credential): Soon<Verification> {
  const now = context.clock.now();
  if (now.getTime() >= credential.activeUntil) {
    const status = statusOf(credential.life, now);
    if (status === "expired" || status === "revoked") return { valid: false, reason: status, credential };
    return useForTheFirstTime(context, credential);
  }
  context.usage.note(credential.id, now.getTime());
  return { valid: true, credential };
}

async function useForTheFirstTime(context: StoreContext, credential: Credential): Promise<Verification> {
  const activated = await activateByUse(context, credential.id);
  const now = context.clock.now();
  if (!isRefusal(activated)) {
    context.usage.note(credential.id, now.getTime());
    return { valid: true, credential };
  }
  // Its time ran out, or somebody revoked it, between the look-up and now.
  const hasExpired = statusOf(credential.life, now) === "expired";
  return { valid: false, reason: hasExpired ? "expired" : "revoked", credential };
}
