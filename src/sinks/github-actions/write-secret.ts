/**
 * Writes a secret of GitHub's, which nobody can read back. What GitHub tells of a write is the second of it, so no write of
 * ours falls into the second of the one before: then each has a time of its own.
 */

import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import type { Secret } from "../../core/secret.ts";
import { breach } from "../../http/answer.ts";
import { explainMissing } from "./explain-missing.ts";
import type { GitHubPlace } from "./github-slot.ts";
import type { GitHubWorld } from "./github-world.ts";
import type { PublicKey } from "./public-keys.ts";
import { sealForGitHub } from "./seal-for-github.ts";
import { readSecretState, type SecretState } from "./secret-state.ts";
import { visibilityFields } from "./visibility.ts";

export interface SecretWriting {
  readonly place: GitHubPlace;
  readonly value: Secret;
  /** Nothing is to be there. */
  readonly isNew: boolean;
}

const CREATED = 201;
const REPLACED = 204;

/** What GitHub tells of the secret right after this write. */
export async function writeSecret(world: GitHubWorld, writing: SecretWriting): Promise<SecretState> {
  const { place, isNew } = writing;
  const before = await readSecretState(world, place);
  if (isNew && before) throw taken(place, "There is one already; it was not there before.");
  if (before) await pastSecondOf(before, world);
  const isReplaced = await putUntilKnown(world, writing, world.pausesMs);
  if (isNew && isReplaced) throw taken(place, "Somebody else wrote it at the same time, and was replaced.");
  return settled(world, place, before, [0, ...world.pausesMs]);
}

/** Longer only where a clock is wrong. */
const LONGEST_SECOND_MS = 3_000;

async function pastSecondOf({ updatedAt, seenAtMs }: SecretState, { pause }: GitHubWorld): Promise<void> {
  const restMs = Date.parse(updatedAt) + 1_000 - seenAtMs;
  if (restMs > 0) await pause(Math.min(restMs, LONGEST_SECOND_MS));
}

/**
 * Sends the same value again when nobody knows whether it was taken: twice does no harm, and then it is known. Whether the
 * first that went out replaced a value; false where that is not known.
 */
async function putUntilKnown(
  world: GitHubWorld,
  writing: SecretWriting,
  pauses: readonly number[],
): Promise<boolean> {
  try {
    return (await put(world, writing)) === REPLACED;
  } catch (error) {
    const [pauseMs, ...later] = pauses;
    if (!isKeywrightError(error, "STORE_OUTCOME_UNKNOWN") || pauseMs === undefined) throw error;
    await world.pause(pauseMs);
    await putUntilKnown(world, writing, later);
    return false;
  }
}

/** With another public key when GitHub does not take the one that is known. The status of the answer. */
async function put(world: GitHubWorld, writing: SecretWriting): Promise<number> {
  const { publicKeys, github, repositories } = world;
  const { place } = writing;
  const known = await publicKeys.of(place);
  try {
    return await putSealed(world, writing, known);
  } catch (error) {
    if (isKeywrightError(error, "STORE_CONFLICT"))
      throw await explainMissing(place, github, repositories, error);
    if (!isKeywrightError(error, "STORE_REJECTED")) throw error;
    const fresh = await publicKeys.anew(place);
    if (fresh.key_id === known.key_id) throw error;
    return putSealed(world, writing, fresh);
  }
}

async function putSealed(
  { github, visibility, repositories }: GitHubWorld,
  { place, value }: SecretWriting,
  { key, key_id: keyId }: PublicKey,
): Promise<number> {
  const sealed = await sealForGitHub(key, value);
  if (sealed === undefined)
    throw new KeywrightError("SINK_UNUSABLE", "What GitHub gave to seal a value for is no public key.");
  const seenBy =
    place.organization === undefined ? {} : await visibilityFields(visibility, place, repositories);
  const { request, response } = await github.forHolder(place.holder).send({
    method: "PUT",
    path: place.secretPath,
    body: { encrypted_value: sealed, key_id: keyId, ...seenBy },
  });
  // A login page before the API says 200 to everything.
  if (response.status === CREATED || response.status === REPLACED) return response.status;
  throw breach(request, response.status, "is not what the API gives");
}

/** Reads until it tells of this write: a copy of GitHub's that answers may be behind. */
async function settled(
  world: GitHubWorld,
  place: GitHubPlace,
  before: SecretState | undefined,
  pauses: readonly number[],
): Promise<SecretState> {
  const [pauseMs, ...later] = pauses;
  if (pauseMs === undefined) {
    throw new KeywrightError("SINK_WRITE_FAILED", "GitHub took the value and does not tell of it.", {
      hint: "Run again: a value that nobody can tell apart from the one before counts as not delivered.",
    });
  }
  if (pauseMs > 0) await world.pause(pauseMs);
  const now = await readSecretState(world, place);
  return now && now.updatedAt !== before?.updatedAt ? now : settled(world, place, before, later);
}

const taken = ({ secret }: GitHubPlace, how: string): KeywrightError =>
  new KeywrightError("SINK_CONFLICT", `The secret ${secret}: ${how}`, {
    hint: "Look who else writes it, then plan again.",
  });
