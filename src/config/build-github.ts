import type { CredentialRef, GitHubActionsSinkConfig, GitHubAuthConfig, GitHubConfig } from "./config.ts";
import type { CredentialSpec, GitHubActionsSinkSpec, GitHubSpec } from "./config-file.ts";

/** What a credential at this path of the sink, the channel, or of `github`, refers to. */
type BuildCredential = (spec: CredentialSpec, path: readonly string[]) => CredentialRef;

/** What has neither or both of `credential` and `app` is refused later; here it is any of them. */
export function buildGitHubSink(
  spec: GitHubActionsSinkSpec,
  build: BuildCredential,
): GitHubActionsSinkConfig {
  const { credential, app, ...sink } = spec;
  return { ...sink, auth: buildAuth({ credential, app }, build) };
}

/** With its defaults; what has both of `credential` and `app` is refused later. */
export function buildGitHub(spec: GitHubSpec, build: BuildCredential): GitHubConfig {
  const { credential, app, ...rest } = spec;
  const isNamed = credential !== undefined || app !== undefined;
  return {
    review: "required",
    checksBy: "github-actions",
    ...rest,
    ...(isNamed && { auth: buildAuth({ credential, app }, build) }),
  };
}

export function buildAuth(
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
