import { KeywrightError } from "../core/error.ts";
import type { ApiClient } from "../http/api-client.ts";
import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";

const NOT_FOUND = 404;

/**
 * Whether `user` is a member of the team org/slug, through a team below it too; who is only invited is none. GITHUB_FORBIDDEN
 * where there is no such team that the credential may see, so that a mistyped one is not told as nobody's membership.
 */
export const isInTeam = (
  client: ApiClient,
  org: string,
  slug: string,
  user: string,
  signal?: AbortSignal,
): Promise<boolean> =>
  askGitHub(
    { what: `look who is in the team ${org}/${slug}`, permission: "members: read", hint: HINT },
    async () => {
      const team = `/orgs/${encodeURIComponent(org)}/teams/${encodeURIComponent(slug)}`;
      const path = `${team}/memberships/${encodeURIComponent(user)}`;
      const { request, response } = await client.read(path, signal, [NOT_FOUND]);
      if (response.status !== NOT_FOUND) return parseAnswer(MEMBERSHIP, response, request).state === "active";
      const known = await client.read(team, signal, [NOT_FOUND]);
      if (known.response.status === NOT_FOUND) throw unknown(org, slug);
      return false;
    },
  );

const HINT =
  "The GITHUB_TOKEN of a workflow never sees teams: use a GitHub App that was given `members: read` of the organisation, or a token with read:org.";

const unknown = (org: string, slug: string): KeywrightError =>
  new KeywrightError(
    "GITHUB_FORBIDDEN",
    `There is no team ${org}/${slug}, or the credential may not see it.`,
    { hint: `Check how its name stands in its address. ${HINT}` },
  );

const MEMBERSHIP: SchemaOf<{ readonly state: string }> = Object.freeze({
  type: "object",
  required: ["state"],
  properties: { state: { enum: ["active", "pending"] } },
});
