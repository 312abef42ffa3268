/** The Vault of the example, set up as its README says: it lets in jobs that GitHub vouches for. */

import { REPOSITORY } from "../action/events.fixture.ts";
import { type GithubIssuer, startGithubIssuer } from "../peers/github-issuer.fixture.ts";
import { sinkPolicy, startVault, type VaultServer } from "../peers/vault-server.fixture.ts";

export interface ExampleVault {
  readonly vault: VaultServer;
  /** What a job is given that may ask for a proof of what it is. */
  readonly env: Readonly<Record<string, string>>;
  /** Each key that lies in it, by its path, pending ones too. */
  values(): readonly (readonly [string, string])[];
  /** Tokens, and what tokens are got with. */
  secrets(): readonly (string | undefined)[];
  /** Throws where something was said that Vault does not know. */
  close(): Promise<void>;
}

export async function openExampleVault(now: () => Date): Promise<ExampleVault> {
  const [vault, issuer] = await Promise.all([
    startVault(now),
    startGithubIssuer(now, { repository: REPOSITORY }),
  ]);
  const { access } = vault.namespace();
  access.policies.set("keywright", sinkPolicy("kv", "services/*"));
  access.issuer = issuer.publicKey;
  const role = { claims: { repository: REPOSITORY }, policies: ["keywright"], ttlSeconds: 1200 };
  access.jwtRoles.set("keywright", { audience: vault.url, ...role });
  return {
    vault,
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: issuer.requestUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: issuer.requestToken,
    },
    values: () => valuesIn(vault),
    secrets: () => [issuer.requestToken, ...signaturesOf(issuer), ...vault.seen.map(({ token }) => token)],
    close: async () => {
      await issuer.close();
      await vault.close();
      vault.refuseFaults();
    },
  };
}

function valuesIn(vault: VaultServer): readonly (readonly [string, string])[] {
  const paths = [...(vault.namespace().mounts.get("kv")?.engine.secrets.keys() ?? [])];
  return paths.flatMap((path) =>
    Object.values((vault.content(path) ?? {}) as Readonly<Record<string, unknown>>)
      .filter((value) => typeof value === "string" && value.startsWith("kw_"))
      .map((value) => [path, value as string] as const),
  );
}

/** The other parts of a JWT are what anybody may know. */
const signaturesOf = ({ given }: GithubIssuer): readonly string[] =>
  given.map((jwt) => (jwt.split(".").at(-1) ?? "").replaceAll("_", "-"));
