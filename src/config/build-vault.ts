import type { CredentialRef, VaultAuth, VaultSinkConfig } from "./config.ts";
import type { CredentialSpec, VaultAuthSpec, VaultJwtSpec, VaultSinkSpec } from "./config-file.ts";

/** What a credential at this path of the sink's `auth` refers to. */
type BuildCredential = (spec: CredentialSpec, path: readonly string[]) => CredentialRef;

/** With the mounts that Vault's documentation has. */
export const buildVaultSink = (spec: VaultSinkSpec, build: BuildCredential): VaultSinkConfig => ({
  mount: "secret",
  ...spec,
  auth: buildAuth(spec.auth, build),
});

function buildAuth(spec: VaultAuthSpec, build: BuildCredential): VaultAuth {
  if ("token" in spec) return { method: "token", token: build(spec.token, ["token"]) };
  if ("jwt" in spec) return buildJwt(spec.jwt, build);
  const secretId = build(spec.appRole.secretId, ["appRole", "secretId"]);
  return { method: "appRole", mount: "approle", ...spec.appRole, secretId };
}

function buildJwt(spec: VaultJwtSpec, build: BuildCredential): VaultAuth {
  const { role, mount = "jwt" } = spec;
  if ("token" in spec) return { method: "jwt", mount, role, token: build(spec.token, ["jwt", "token"]) };
  return { method: "githubActions", mount, role, audience: spec.githubActions.audience };
}
