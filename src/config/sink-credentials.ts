import type { CredentialRef, SinkConfig } from "./config.ts";

/** What a sink is asked with; none where it needs no credential, or somebody else makes one for each run. */
export function sinkCredentials(sink: SinkConfig): readonly CredentialRef[] {
  if (sink.driver === "file") return [];
  if (sink.driver === "cortex-secret") return [sink.credential];
  if (sink.driver === "github-actions")
    return [sink.auth.type === "app" ? sink.auth.privateKey : sink.auth.token];
  const { auth } = sink;
  if (auth.method === "githubActions") return [];
  return [auth.method === "appRole" ? auth.secretId : auth.token];
}
