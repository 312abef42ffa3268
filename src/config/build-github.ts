import type { CredentialRef, GitHubActionsSinkConfig, GitHubAuthConfig } from "./config.ts";
import type { CredentialSpec, GitHubActionsSinkSpec } from "./config-file.ts";

/** What a credential at this path of the sink refers to. */
type BuildCredential = (spec: CredentialSpec, path: readonly string[]) => CredentialRef;

/** What has neither or both of `credential` and `app` is refused later; here it is any of them. */
export function buildGitHubSink(
  spec: GitHubActionsSinkSpec,
  build: BuildCredential,
): GitHubActionsSinkConfig {
  const { credential, app, ...sink } = spec;
  return { ...sink, auth: buildAuth({ credential, app }, build) };
}

function buildAuth(
  { credential, app }: { [F in "credential" | "app"]: GitHubActionsSinkSpec[F] | undefined },
  build: BuildCredential,
): GitHubAuthConfig {
  if (!app) return { type: "token", token: build(credential ?? NOWHERE, ["credential"]) };
  const { id, installationId, privateKey } = app;
  return {
    type: "app",
    id: String(id),
    ...(installationId !== undefined && { installationId: String(installationId) }),
    privateKey: build(privateKey, ["app", "privateKey"]),
  };
}

const NOWHERE: CredentialSpec = { env: "GITHUB_TOKEN" };
