import { Secret } from "../core/secret.ts";
import { readGitConfig, withGitSettings } from "../git/git-config.ts";
import { gitEnvironment } from "../git/git-environment.ts";
import type { ProcessEnvironment } from "./take-environment.ts";

export interface LoginPlace {
  readonly env: ProcessEnvironment;
  readonly workspace: string;
  readonly serverUrl: string;
}

/**
 * Lets git reach the ledger's branch with the token of the run, at this server alone, where the checkout left no credential
 * behind. As settings in `env`, which git is given and which stand neither in an argument nor on disk. `onHeader` hears of what
 * is sent, which must stand in no text.
 */
export async function logGitIn(
  { env, workspace, serverUrl }: LoginPlace,
  token: Secret,
  onHeader: (secret: Secret) => void,
): Promise<void> {
  const environment = gitEnvironment(env, "none");
  const settings = await readGitConfig({ directory: workspace, environment });
  if (settings.some(([name]) => /^http\.(.*\.)?extraheader$/i.test(name))) return;
  const login = Buffer.from(`x-access-token:${token.reveal()}`).toString("base64");
  onHeader(Secret.of(login));
  const name = `http.${serverUrl.replace(/\/+$/, "")}/.extraheader`;
  const { GIT_CONFIG_COUNT: count, ...all } = withGitSettings(environment, [
    [name, `AUTHORIZATION: basic ${login}`],
  ]);
  const added = Object.entries(all).filter(([variable]) => variable.startsWith("GIT_CONFIG_"));
  Object.assign(env, Object.fromEntries(added), { GIT_CONFIG_COUNT: count });
}
