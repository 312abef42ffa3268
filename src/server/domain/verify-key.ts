/** Tells whether a text is a valid key or personal token; the first use of a PENDING key activates it. */

import { isKeyText, keyDigest } from "../../core/key-format.ts";
import { Secret } from "../../core/secret.ts";
import { pepperedDigests } from "../key-material/pepper.ts";
import { activateByUse } from "./change-key.ts";
import type { Credential } from "./credential.ts";
import { statusOf } from "./key.ts";
import { isRefusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";

export const INVALID_REASONS = ["malformed", "unknown", "wrong-level", "expired", "revoked"] as const;
export type InvalidReason = (typeof INVALID_REASONS)[number];

export type Verification =
  | { readonly valid: true; readonly credential: Credential }
  | { readonly valid: false; readonly reason: InvalidReason; readonly credential?: Credential };

/** Text without a key's checksum is refused before any look-up. An advanced key is never good as it stands. */
export async function verifyKey(context: StoreContext, text: string): Promise<Verification> {
  if (!isKeyText(text)) return { valid: false, reason: "malformed" };
  const digests = pepperedDigests(context.keyMaterial.pepper, keyDigest(Secret.of(text)));
  const credential = await context.credentials.find(digests);
  if (!credential) return { valid: false, reason: "unknown" };
  if (credential.securityLevel === "advanced") return { valid: false, reason: "wrong-level", credential };
  return useCredential(context, credential);
}

/** For a credential that has been proven, by its text or by a signature. */
export async function useCredential(context: StoreContext, credential: Credential): Promise<Verification> {
  const status = statusOf(credential.life, context.clock.now());
  if (status === "active") return { valid: true, credential };
  if (status !== "pending") return { valid: false, reason: status, credential };
  const activated = await activateByUse(context, credential.id);
  if (!isRefusal(activated)) return { valid: true, credential };
  // Its time ran out, or somebody revoked it, between the look-up and now.
  const hasExpired = statusOf(credential.life, context.clock.now()) === "expired";
  return { valid: false, reason: hasExpired ? "expired" : "revoked", credential };
}
