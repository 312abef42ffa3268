import { createPrivateKey, type KeyObject } from "node:crypto";
import type { KeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import type { CredentialRef } from "./config.ts";
import { missing, readRef } from "./resolve-credential.ts";

/**
 * Reads an RSA private key in PEM; in a variable its line breaks may be written as \n. Throws CREDENTIAL_MISSING, naming the
 * place and the line that asks for it, for whatever else stands there.
 */
export async function resolvePrivateKey(
  ref: CredentialRef,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Secret> {
  const text = await readRef(ref, env);
  const pem = ref.type === "env" ? text.replaceAll("\\n", "\n") : text;
  if (keyOf(pem)?.asymmetricKeyType === "rsa") return Secret.of(pem.trim());
  throw noKey(ref);
}

/** What OpenSSL says of it may quote it. */
function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const noKey = (ref: CredentialRef): KeywrightError =>
  missing(
    ref,
    "holds no RSA private key in PEM without a passphrase",
    "put the .pem file there that GitHub made for the App, from -----BEGIN to -----END",
  );
