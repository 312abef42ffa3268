import { KeywrightError } from "../../core/error.ts";
import type { Secret } from "../../core/secret.ts";
import { splitCloudSecret } from "./cloud-secret.ts";
import type { CloudCredential, SecurityLevel } from "./sign-request.ts";

export interface CloudCredentialSettings {
  /** Absent: the credential begins with it. */
  readonly keyId?: number;
  readonly securityLevel: SecurityLevel;
}

/**
 * `credential` is a key alone, or the text that Keywright itself delivers, `<id>:<key>`, whose id then needs no setting.
 * INPUT_INVALID when nothing says the id, or two things differ.
 */
export function cloudCredentialOf(
  credential: Secret,
  { keyId, securityLevel }: CloudCredentialSettings,
): CloudCredential {
  const whole = splitCloudSecret(credential);
  if (whole && (keyId === undefined || String(keyId) === whole.keyId)) return { ...whole, securityLevel };
  if (whole) {
    const message = `store.keyId says ${keyId}, and the credential begins with ${whole.keyId}:.`;
    throw new KeywrightError("INPUT_INVALID", message, {
      hint: "Take store.keyId out: the credential says which key it is.",
    });
  }
  if (keyId !== undefined) return { keyId: String(keyId), key: credential, securityLevel };
  throw new KeywrightError("INPUT_INVALID", "Nothing says which key the credential of the tenant is.", {
    hint: "Set store.keyId to the ID that the console shows for it, or keep the credential as <id>:<key>.",
  });
}
