import type { CredentialRef, VaultAuth } from "../config/config.ts";
import { resolveCredential } from "../config/resolve-credential.ts";
import { KeywrightError } from "../core/error.ts";
import type { Clock } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import type { ProxySettings } from "../http/proxy.ts";
import type { VaultLogin } from "../sinks/vault/vault-login.ts";

export interface VaultLoginContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly proxy: ProxySettings | undefined;
  /** Hears of each credential that is read, which must stand in no text. */
  readonly onSecret: (secret: Secret) => void;
  /** Whether what is missing is told by the login, and not before. Default: before. */
  readonly isLate?: boolean;
}

/** Throws CREDENTIAL_MISSING where what it logs in with is not there, unless it `isLate`. Asks nobody yet. */
export async function openVaultLogin(auth: VaultAuth, context: VaultLoginContext): Promise<VaultLogin> {
  switch (auth.method) {
    case "token":
      return { method: "token", readToken: await readerOf(auth.token, context) };
    case "appRole": {
      const { method, mount, roleId, secretId } = auth;
      return { method, mount, roleId, readSecretId: await readerOf(secretId, context) };
    }
    case "jwt": {
      const { method, mount, role, token } = auth;
      return { method, mount, role, readJwt: await readerOf(token, context) };
    }
    case "githubActions": {
      const { mount, role, audience } = auth;
      return { method: "jwt", mount, role, readJwt: githubReader(audience, context) };
    }
  }
}

type Reader = () => Promise<Secret>;

/** Read once at the start, so that what is missing is told before anything is done. */
async function readerOf(ref: CredentialRef, { env, onSecret, isLate }: VaultLoginContext): Promise<Reader> {
  const read = async (): Promise<Secret> => {
    const secret = await resolveCredential(ref, env);
    onSecret(secret);
    return secret;
  };
  if (isLate !== true) await read();
  return read;
}

function githubReader(audience: string, context: VaultLoginContext): Reader {
  const { env, clock, proxy, onSecret, isLate } = context;
  const { ACTIONS_ID_TOKEN_REQUEST_URL: requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
  if (!requestUrl || !token) {
    if (isLate !== true) throw noIdToken();
    return () => Promise.reject(noIdToken());
  }
  const requestToken = Secret.of(token);
  onSecret(requestToken);
  return async () => {
    const { readGithubIdToken } = await import("../sinks/vault/github-id-token.ts");
    const secret = await readGithubIdToken({ requestUrl, requestToken, audience, clock, proxy });
    onSecret(secret);
    return secret;
  };
}

const noIdToken = (): KeywrightError =>
  new KeywrightError(
    "CREDENTIAL_MISSING",
    "GitHub Actions gives no OIDC token: this job may not ask for one",
    {
      hint: "give the job `permissions: { id-token: write }`; jobs of pull requests from forks get no token",
    },
  );
