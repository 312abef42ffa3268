import { KeywrightError } from "../core/error.ts";
import type { ApiClient } from "../http/api-client.ts";
import type { Holder } from "../http/github/app-token.ts";

/** One repository on GitHub, as our credential sees it. */
export interface Repository {
  readonly client: ApiClient;
  /** owner/name */
  readonly name: string;
  /** Who writes with this credential: the name of a user, or `slug[bot]` of an App. GITHUB_… errors. */
  readonly login: (signal?: AbortSignal) => Promise<string>;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;

/** `name`: owner/name; it becomes a part of addresses. Throws INPUT_INVALID. */
export function repositoryPath(name: string): Extract<Holder, `/repos/${string}`> {
  const [owner = "", own = ""] = name.split("/");
  if (!NAME.test(name))
    throw new KeywrightError("INPUT_INVALID", "The name of a repository on GitHub is none.", {
      hint: "Write it as owner/name.",
    });
  return `/repos/${owner}/${own}`;
}
