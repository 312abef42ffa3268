import type { Clock } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { ApiClient } from "../http/api-client.ts";
import { createGitHubClient, GITHUB_URL, type GitHubAuth } from "../http/github/github-client.ts";
import type { ProxySettings } from "../http/proxy.ts";
import { createRequestLimiter, type RequestLimiter } from "../http/request-limiter.ts";
import { createLogin } from "./login.ts";
import { type Repository, repositoryPath } from "./repository.ts";

/** Below GitHub's secondary limits, in which a write counts five times as much as a reading. */
const LIMITS = { perMinute: 400, burst: 60, longestWaitMs: 10 * 60_000 };

export interface RepositoryOptions {
  /** Of the API. Default: github.com. Of a server of one's own: https://host/api/v3. */
  readonly url?: string | undefined;
  /** owner/name */
  readonly name: string;
  readonly auth: GitHubAuth;
  readonly clock: Clock;
  /** The App that a token is of which is no user's. Default: github-actions, whose is the GITHUB_TOKEN of a workflow. */
  readonly appSlug?: string | undefined;
  /** What the environment says of a proxy. */
  readonly proxy?: ProxySettings | undefined;
  /** Ends the waiting and the readings of whoever brings no signal. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each token that an App is given, which must stand in no text. */
  readonly onToken?: (token: Secret) => void;
  readonly limiter?: RequestLimiter;
  /** Between the tries of what GitHub stumbles over. */
  readonly pausesMs?: readonly number[];
}

export interface OpenRepository extends Repository {
  /** The API for what belongs to the organisation `name`. */
  organization(name: string): ApiClient;
  close(): Promise<void>;
}

/** Asks for nothing yet. Throws INPUT_INVALID for a name that is none, and a URL that a credential must not be sent to. */
export async function openRepository(options: RepositoryOptions): Promise<OpenRepository> {
  const { url = GITHUB_URL, name, appSlug = "github-actions", proxy, signal, pausesMs } = options;
  const holder = repositoryPath(name);
  // An HTTP client takes long to load.
  const { openHttpTransport } = await import("../http/http-transport.ts");
  const transport = openHttpTransport(url, {}, proxy);
  const github = createGitHubClient({
    ...options,
    transport,
    limiter: options.limiter ?? createRequestLimiter(LIMITS),
    setting: "the credential for GitHub",
    ...(pausesMs && { retryPausesMs: pausesMs }),
  });
  const client = endedBy(github.forHolder(holder), signal);
  return {
    client,
    name,
    login: createLogin({ client, app: github.app, appSlug }),
    organization: (organization) =>
      endedBy(github.forHolder(`/orgs/${encodeURIComponent(organization)}`), signal),
    close: () => transport.close(),
  };
}

/** Of what is sent, `ending` would end the request too: whether it was carried out were not known. */
const endedBy = (client: ApiClient, ending: AbortSignal | undefined): ApiClient => ({
  read: (what, signal = ending, allowed) => client.read(what, signal, allowed),
  send: (request, signal, allowed) => client.send(request, signal, allowed),
});
