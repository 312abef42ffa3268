import type { GitHubAuthConfig } from "../config/config.ts";
import { resolveCredential } from "../config/resolve-credential.ts";
import { resolvePrivateKey } from "../config/resolve-private-key.ts";
import type { Secret } from "../core/secret.ts";
import type { GitHubAuth } from "../http/github/github-client.ts";

/** `onSecret` hears of what is read, which must stand in no text. Throws CREDENTIAL_MISSING where it is not there. */
export async function openGitHubAuth(
  auth: GitHubAuthConfig,
  env: Readonly<Record<string, string | undefined>>,
  onSecret: (secret: Secret) => void,
): Promise<GitHubAuth> {
  if (auth.type === "token") {
    const token = await resolveCredential(auth.token, env);
    onSecret(token);
    return { type: "token", token };
  }
  const privateKey = await resolvePrivateKey(auth.privateKey, env);
  onSecret(privateKey);
  return { ...auth, privateKey };
}
