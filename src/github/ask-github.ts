import { isKeywrightError, KeywrightError } from "../core/error.ts";

export interface Asking {
  /** What fails when it fails, after "Could not", such as `comment on pull request 7 of acme/keys`. */
  readonly what: string;
  /** What a token needs for it, as a workflow writes it: `pull-requests: write`. */
  readonly permission: string;
  /** In place of how to give that permission. */
  readonly hint?: string;
}

/**
 * Tells what the HTTP client says in GitHub's words: GITHUB_FORBIDDEN where the credential is the reason, with the
 * permission that it lacks, INTERRUPTED, and GITHUB_FAILED for all others.
 */
export async function askGitHub<T>(asking: Asking, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isKeywrightError(error, "INTERRUPTED"))
      throw new KeywrightError(error.code, ofGitHub(error.message), { cause: error });
    if (!isKeywrightError(error) || !error.code.startsWith("STORE_")) throw error;
    throw told(asking, error);
  }
}

function told(asking: Asking, error: KeywrightError): KeywrightError {
  const isForbidden = error.code === "STORE_FORBIDDEN" || error.code === "STORE_UNAUTHORIZED";
  const hint = hintOf(asking, error);
  return new KeywrightError(
    isForbidden ? "GITHUB_FORBIDDEN" : "GITHUB_FAILED",
    `Could not ${asking.what}: ${ofGitHub(error.message)}`,
    { ...(hint !== undefined && { hint: ofGitHub(hint) }), cause: error },
  );
}

/** What a refusal says of itself that no permission mends. */
const OTHER_REASON = /\bSAML\b|\barchived\b|\bip allow list\b|\bnot installed\b/i;

function hintOf({ permission, hint }: Asking, { code, message, hint: known }: KeywrightError) {
  if (/\bis locked\b/i.test(message)) return "Unlock its conversation on GitHub, and run again.";
  if (/\bissues\b.*\bdisabled\b/i.test(message)) return "Turn on issues in the settings of the repository.";
  if (code === "STORE_CONFLICT")
    return "GitHub says the same of what is not there and of what the credential may not see: check the name, and that the credential was given access to it.";
  if (code === "STORE_CONTRACT")
    return "Check the address of GitHub's API, and that no proxy or login page answers in its place.";
  if (code !== "STORE_FORBIDDEN" || OTHER_REASON.test(message)) return known;
  return (
    hint ??
    `Write \`${permission}\` under \`permissions:\` of the workflow's job, or give it to the token or the GitHub App in use. Runs for a pull request of a fork, or of Dependabot, are given no permission to write.`
  );
}

/** The HTTP client speaks of stores. */
const ofGitHub = (text: string): string =>
  text
    .replaceAll(/\bstore\.(url|driver)\b/g, "the address of GitHub's API")
    .replaceAll(/\bstore\.credential\b/g, "the credential for GitHub")
    .replaceAll(/\bthe (key )?store('s rate limit)?\b/gi, "GitHub$2");
