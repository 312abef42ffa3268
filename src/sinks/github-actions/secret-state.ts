import { breach, parseAnswer, type SchemaOf } from "../../http/answer.ts";
import { answeredAt } from "../../http/github/rate-limit.ts";
import type { GitHubPlace } from "./github-slot.ts";
import type { GitHubWorld } from "./github-world.ts";
import { isVisibleAs, visibilityFields } from "./visibility.ts";

/** All that GitHub tells of a secret. */
export interface SecretState {
  /** Of the last write, in whole seconds. */
  readonly updatedAt: string;
  /** As the configuration wants it: who sees it. */
  readonly isVisibleAsWanted: boolean;
  /** When this was so by GitHub's clock, in milliseconds. */
  readonly seenAtMs: number;
}

const NOT_FOUND = 404;

/** Undefined where there is no such secret. Throws SINK_UNUSABLE where the place of it is none. */
export async function readSecretState(
  world: GitHubWorld,
  place: GitHubPlace,
): Promise<SecretState | undefined> {
  const client = world.github.forHolder(place.holder);
  const { request, response } = await client.read(place.secretPath, undefined, [NOT_FOUND]);
  if (response.status === NOT_FOUND) {
    // GitHub says the same of a place that we must not see.
    await world.publicKeys.of(place);
    return undefined;
  }
  const { name, updated_at: updatedAt, visibility } = parseAnswer(SECRET, response, request);
  if (name !== place.secret) throw breach(request, response.status, "is about another secret");
  return {
    updatedAt,
    isVisibleAsWanted: place.organization === undefined || (await isAsWanted(world, place, visibility)),
    seenAtMs: answeredAt(response.headers, world.clock.now()),
  };
}

async function isAsWanted(
  { github, repositories, visibility }: GitHubWorld,
  place: GitHubPlace,
  found: string | undefined,
): Promise<boolean> {
  return isVisibleAs(await visibilityFields(visibility, place, repositories), found, place, github);
}

/** What is told of it as a version: another one also when others see it than should. */
export const versionOf = ({ updatedAt, isVisibleAsWanted }: SecretState): string =>
  isVisibleAsWanted ? updatedAt : `${updatedAt}, with another visibility`;

interface SecretAnswer {
  readonly name: string;
  readonly updated_at: string;
  readonly visibility?: string;
}

const SECRET: SchemaOf<SecretAnswer> = Object.freeze({
  type: "object",
  required: ["name", "updated_at"],
  properties: {
    name: { type: "string" },
    updated_at: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[0-9.:Z+-]{1,16}$" },
    visibility: { type: "string" },
  },
});
