import { KeywrightError } from "../../core/error.ts";
import type { GitHubClient } from "../../http/github/github-client.ts";
import type { GitHubPlace } from "./github-slot.ts";
import type { Repositories } from "./repositories.ts";

const NOT_FOUND = 404;
const FORBIDDEN = 403;

/** GitHub says 404 to what is not there and to what the credential must not see: looks which it is, as far as that can be seen. */
export async function explainMissing(
  place: GitHubPlace,
  github: GitHubClient,
  repositories: Repositories,
  cause: KeywrightError,
): Promise<KeywrightError> {
  const { repository, organization, environment, holder } = place;
  if (repository === undefined) {
    const hint = "Check its name, and that the credential may read and write the organisation's secrets.";
    return missing(
      `There is no organisation ${organization}, or the credential may not see its secrets.`,
      hint,
      cause,
    );
  }
  const client = github.forHolder(holder);
  if (!(await repositories.find(repository, holder))) {
    const hint = "Check its name, and that the credential was given access to this repository.";
    return missing(`There is no repository ${repository}, or the credential may not see it.`, hint, cause);
  }
  if (environment === undefined) {
    const hint = "Give it the permission to read and write secrets.";
    return missing(`The credential may not see the secrets of ${repository}.`, hint, cause);
  }
  const path = `${holder}/environments/${encodeURIComponent(environment)}`;
  const { response } = await client.read(path, undefined, [NOT_FOUND, FORBIDDEN]);
  return response.status === NOT_FOUND
    ? missing(`${repository} has no environment ${environment}.`, CREATE_IT, cause)
    : missing(
        `The credential may not see the secrets of ${environment} in ${repository}.`,
        ENVIRONMENTS,
        cause,
      );
}

const CREATE_IT =
  "Create it under Settings → Environments of the repository, with its protection rules: Keywright makes none.";
const ENVIRONMENTS = "Give it the permission to read and write secrets and environments.";

const missing = (message: string, hint: string, cause: KeywrightError): KeywrightError =>
  new KeywrightError("SINK_UNUSABLE", message, { hint, cause });
