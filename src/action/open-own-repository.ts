import type { Clock } from "../core/ports.ts";
import { type OpenRepository, openRepository } from "../github/open-repository.ts";
import type { GitHubAuth } from "../http/github/github-client.ts";
import { readProxySettings } from "../http/proxy.ts";
import { openGitHubAuth } from "../wire/open-github-auth.ts";
import type { ActionRun } from "./action-run.ts";

const clock: Clock = { now: () => new Date() };

type Parts = Pick<ActionRun, "context" | "inputs" | "project" | "runner" | "signal">;

/** The repository of the run, as the configured App or with the token of the run; undefined: there is neither. */
export async function openOwnRepository(parts: Parts): Promise<OpenRepository | undefined> {
  const { context, project, runner, signal } = parts;
  const { github } = project.config;
  const auth = await authOf(parts);
  if (!auth) return undefined;
  return openRepository({
    url: github?.url ?? context.apiUrl,
    name: context.repository,
    auth,
    clock,
    appSlug: github?.checksBy,
    proxy: readProxySettings(project.env),
    signal,
    onToken: (token) => runner.mask(token),
  });
}

async function authOf({ project, inputs, runner }: Parts): Promise<GitHubAuth | undefined> {
  const { github } = project.config;
  if (github?.auth) return openGitHubAuth(github.auth, project.env, (secret) => runner.mask(secret));
  return inputs.token && { type: "token", token: inputs.token };
}
