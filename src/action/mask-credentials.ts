/** Security check S3: what the configuration names as a credential is masked before anything is said of it. */

import type { CredentialRef } from "../config/config.ts";
import { readRef } from "../config/resolve-credential.ts";
import { isKeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import { proxySecrets, readProxySettings } from "../http/proxy.ts";
import type { Runner } from "./runner.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What cannot be read is not masked: whoever needs it says so later. */
export async function maskCredentials(
  { mask }: Pick<Runner, "mask">,
  credentials: readonly CredentialRef[],
  env: Environment,
): Promise<void> {
  const proxy = readProxySettings(env);
  if (proxy) proxySecrets(proxy).forEach(mask);
  for (const ref of credentials) {
    const text = await readRef(ref, env).catch((error: unknown) => {
      if (isKeywrightError(error)) return "";
      throw error;
    });
    [text, ...passwordsIn(text)].forEach((each) => mask(Secret.of(each)));
  }
}

/** An address may be told without the password in it, and the password without the address. */
function passwordsIn(text: string): readonly string[] {
  const address = text.trim();
  if (!URL.canParse(address)) return [];
  const { password } = new URL(address);
  return password === "" ? [] : [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
