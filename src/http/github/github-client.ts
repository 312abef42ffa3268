/** GitHub's REST API, by a token or as a GitHub App. */

import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import type { Clock } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import { type ApiClient, createApiClient } from "../api-client.ts";
import type { RequestLimiter } from "../request-limiter.ts";
import type { Transport } from "../transport.ts";
import {
  type AppIdentity,
  createAppJwt,
  createInstallationToken,
  type Holder,
  type InstallationToken,
} from "./app-token.ts";
import { createGitHubDialect } from "./github-dialect.ts";
import { asGitHubAnswers } from "./rate-limit.ts";

export const GITHUB_URL = "https://api.github.com";

/** `token`: a personal access token, or what else GitHub takes as a bearer. */
export type GitHubAuth =
  | { readonly type: "token"; readonly token: Secret }
  | ({ readonly type: "app" } & AppIdentity);

export interface GitHubClientOptions {
  readonly transport: Transport;
  readonly auth: GitHubAuth;
  readonly clock: Clock;
  readonly limiter: RequestLimiter;
  /** What in the configuration names the credential, for messages. */
  readonly setting: string;
  readonly retryPausesMs?: readonly number[];
  /** Hears of each token that an App is given, which must stand in no text. */
  readonly onToken?: (token: Secret) => void;
}

export interface GitHubClient {
  /** For what belongs to `holder`. An App has a token for each account that it is installed on. */
  forHolder(holder: Holder): ApiClient;
  /** As the App itself, for what only that may ask. Absent where there is a token alone. */
  readonly app?: ApiClient;
}

/** Errors are those of `ApiClient`, told of GitHub. Asks for nothing yet. */
export function createGitHubClient(options: GitHubClientOptions): GitHubClient {
  const { auth } = options;
  const speak = speaker(options);
  if (auth.type === "token") {
    const client = speak(() => auth.token);
    return { forHolder: () => client };
  }
  const app = speak(createAppJwt(auth, options.clock));
  const tokens = new Map<string, InstallationToken>();
  return {
    app,
    forHolder: (holder) => {
      const account = auth.installationId ?? accountOf(holder);
      const token =
        tokens.get(account) ?? createInstallationToken({ ...options, app, id: auth.installationId });
      tokens.set(account, token);
      return withToken(
        speak(() => token.current()),
        token,
        holder,
      );
    },
  };
}

function speaker(options: GitHubClientOptions): (bearer: () => Secret) => ApiClient {
  const { clock, setting, limiter, retryPausesMs } = options;
  const transport = asGitHubAnswers(options.transport);
  return (bearer) =>
    createApiClient({
      transport,
      limiter,
      dialect: createGitHubDialect({ bearer, clock, setting }),
      ...(retryPausesMs && { retryPausesMs }),
    });
}

/** The owner of a repository, or the organisation. */
const accountOf = (holder: Holder): string => holder.split("/")[2] ?? "";

const withToken = (client: ApiClient, token: InstallationToken, holder: Holder): ApiClient => ({
  read: async (what, signal, allowed) => {
    await renew(token, holder, signal);
    return client.read(what, signal, allowed);
  },
  send: async (request, signal, allowed) => {
    await renew(token, holder, signal);
    return client.send(request, signal, allowed);
  },
});

async function renew(token: InstallationToken, holder: Holder, signal?: AbortSignal): Promise<void> {
  try {
    await token.renew(holder, signal);
  } catch (error) {
    if (!isKeywrightError(error, "STORE_CONFLICT")) throw error;
    throw new KeywrightError("STORE_FORBIDDEN", `The GitHub App is not installed for ${holder.slice(1)}.`, {
      hint: "Install it there, with access to that repository; or check its installationId.",
      cause: error,
    });
  }
}
