/**
 * Secrets of GitHub's: of repositories, environments and organisations, for Actions and for Dependabot, on github.com or a
 * GitHub Enterprise Server. GitHub takes values as sealed boxes and never gives one back; it tells when one was written.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Slot } from "../core/desired.ts";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { Receipt } from "../core/key-record.ts";
import type { Clock, SecretSink, Stage, Stamp } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { breach } from "../http/answer.ts";
import { createGitHubClient, GITHUB_URL, type GitHubAuth } from "../http/github/github-client.ts";
import type { ProxySettings } from "../http/proxy.ts";
import { createRequestLimiter, type RequestLimiter } from "../http/request-limiter.ts";
import type { Transport } from "../http/transport.ts";
import { type AllowedHolders, type GitHubPlace, placeOf } from "./github-actions/github-slot.ts";
import type { GitHubWorld } from "./github-actions/github-world.ts";
import { createPublicKeys } from "./github-actions/public-keys.ts";
import { createRepositories } from "./github-actions/repositories.ts";
import { readSecretState, versionOf } from "./github-actions/secret-state.ts";
import { visibilityFields, type VisibilityName } from "./github-actions/visibility.ts";
import { writeSecret } from "./github-actions/write-secret.ts";
import { createPathTurns, type PathTurns } from "./path-turns.ts";

const MAX_BYTES = 48 * 1024;
/** Below GitHub's secondary limits, in which a write counts five times as much as a reading. */
const LIMITS = { perMinute: 400, burst: 60, longestWaitMs: 10 * 60_000 };
const PAUSES_MS = [500, 1_500, 4_000];
const [GONE, REMOVED] = [404, 204];

export interface GitHubActionsSinkOptions extends AllowedHolders {
  /** Default: github.com. Of a server of one's own: https://host/api/v3. */
  readonly url?: string;
  readonly auth: GitHubAuth;
  /** Of secrets of organisations. Default: private. */
  readonly visibility?: VisibilityName;
  /** owner/name each, for the visibility `selected`. */
  readonly selectedRepositories?: readonly string[];
  readonly clock: Clock;
  /** What the environment says of a proxy. */
  readonly proxy?: ProxySettings | undefined;
  /** Hears of each token that an App is given, which must stand in no text. */
  readonly onToken?: (token: Secret) => void;
}

export { describeGitHubSlot } from "./github-actions/github-slot.ts";

/** Throws INPUT_INVALID for a URL that a credential must not be sent to. Asks for nothing yet. */
export async function openGitHubActionsSink(options: GitHubActionsSinkOptions): Promise<SecretSink> {
  // An HTTP client takes long to load, and other sinks need none.
  const { openHttpTransport } = await import("../http/http-transport.ts");
  const transport = openHttpTransport(options.url ?? GITHUB_URL, {}, options.proxy);
  return createGitHubActionsSink({ ...options, transport });
}

export interface GitHubActionsSinkParts extends Pick<
  GitHubActionsSinkOptions,
  "auth" | "clock" | "visibility" | "selectedRepositories" | "onToken"
> {
  readonly transport: Transport;
  readonly limiter?: RequestLimiter;
  /** Between the tries of what GitHub stumbles over. */
  readonly pausesMs?: readonly number[];
  readonly pause?: (ms: number) => Promise<void>;
}

export function createGitHubActionsSink(parts: GitHubActionsSinkParts): SecretSink {
  const world = createWorld(parts);
  const turns = createPathTurns();
  return {
    capabilities: { readable: false, inspectable: true, maxBytes: MAX_BYTES },
    read: async (slot) => {
      throw blind(placeOf(slot));
    },
    inspect: (slot) =>
      withGitHubFaults("SINK_UNUSABLE", slot, async (place) => {
        const state = await readSecretState(world, place);
        return state && { version: versionOf(state) };
      }),
    write: (slot, stage, secret, stamp, expected) =>
      withGitHubFaults("SINK_WRITE_FAILED", slot, (place) =>
        write({ world, turns, place, slot, stamp, secret }, stage, expected),
      ),
    remove: async (slot, stage) => {
      if (stage === "current")
        await withGitHubFaults("SINK_WRITE_FAILED", slot, (place) => remove(world, place));
    },
    probe: (slot) => withGitHubFaults("SINK_UNUSABLE", slot, (place) => probe(world, place)),
  };
}

function createWorld(parts: GitHubActionsSinkParts): GitHubWorld {
  const { limiter = createRequestLimiter(LIMITS), pausesMs = PAUSES_MS, clock } = parts;
  const { visibility = "private", selectedRepositories = [] } = parts;
  const github = createGitHubClient({
    ...parts,
    limiter,
    setting: "the sink's credential",
    retryPausesMs: pausesMs,
  });
  const repositories = createRepositories(github);
  return {
    github,
    clock,
    repositories,
    publicKeys: createPublicKeys(github, repositories),
    visibility: { name: visibility, repositories: selectedRepositories },
    pause: parts.pause ?? ((ms) => sleep(ms)),
    pausesMs,
  };
}

interface Writing {
  readonly world: GitHubWorld;
  readonly turns: PathTurns;
  readonly place: GitHubPlace;
  readonly slot: Slot;
  readonly stamp: Stamp;
  readonly secret: Secret;
}

async function write(writing: Writing, stage: Stage, expected: string | null | undefined): Promise<Receipt> {
  const { world, turns, place, slot, stamp, secret } = writing;
  if (stage === "pending" || typeof expected === "string") throw blind(place);
  const bytes = Buffer.byteLength(secret.reveal());
  if (bytes === 0 || bytes > MAX_BYTES)
    throw new KeywrightError("SINK_UNUSABLE", `The value is empty or longer than ${MAX_BYTES} bytes.`);
  const state = await turns(place.secretPath, () =>
    writeSecret(world, { place, value: secret, isNew: expected === null }),
  );
  const { generation, fingerprint } = stamp;
  const at = world.clock.now().toISOString();
  return { slot, generation, fingerprint, at, version: versionOf(state) };
}

async function remove({ github }: GitHubWorld, { holder, secretPath }: GitHubPlace): Promise<void> {
  const deletion = { method: "DELETE", path: secretPath } as const;
  const { request, response } = await github.forHolder(holder).send(deletion, undefined, [GONE]);
  if (response.status !== GONE && response.status !== REMOVED)
    throw breach(request, response.status, "is not what the API gives");
}

/** Whether secrets may be written is nothing that GitHub tells: that they may be read, and that nothing else is in the way. */
async function probe(world: GitHubWorld, place: GitHubPlace): Promise<void> {
  await world.publicKeys.of(place);
  const { repository, organization, holder } = place;
  if (organization !== undefined) await visibilityFields(world.visibility, place, world.repositories);
  if (repository === undefined || !(await world.repositories.find(repository, holder))?.archived) return;
  throw new KeywrightError("SINK_UNUSABLE", `${repository} is archived, so nothing can be written.`, {
    hint: "Unarchive it, or deliver to another repository.",
  });
}

const blind = ({ what }: GitHubPlace): KeywrightError =>
  new KeywrightError("SINK_UNUSABLE", `GitHub never gives the value of the ${what} back.`);

/** What went wrong with the API, told of the sink. Whether a write was carried out may be unknown: it counts as failed. */
async function withGitHubFaults<T>(
  code: "SINK_UNUSABLE" | "SINK_WRITE_FAILED",
  slot: Slot,
  work: (place: GitHubPlace) => Promise<T>,
): Promise<T> {
  const place = placeOf(slot);
  try {
    return await work(place);
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    const told = error.code.startsWith("SINK_") ? error.code : code;
    throw new KeywrightError(told, `The ${place.what}: ${ofGitHub(error.message)}`, {
      ...(error.hint !== undefined && { hint: ofGitHub(error.hint) }),
      cause: error,
    });
  }
}

/** The HTTP client speaks of stores. */
const ofGitHub = (text: string): string =>
  text
    .replaceAll(/\bstore\.(url|driver|credential)\b/g, "the sink's $1")
    .replaceAll(/\bthe (key )?store('s rate limit)?\b/gi, "GitHub$2");
