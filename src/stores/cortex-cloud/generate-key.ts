/**
 * Makes one key: `roles known → generate → read back → scope`. What the tenant made is compared with what was asked for,
 * and its scope is in force, before anybody gets the secret.
 */

import { DAY_MS } from "../../core/duration.ts";
import { type ErrorCode, isKeywrightError, KeywrightError } from "../../core/error.ts";
import type { LiveKey } from "../../core/live.ts";
import type { CreateKeyRequest, Minted } from "../../core/ports.ts";
import { renderRoles } from "../../core/role-ref.ts";
import { parseAnswer } from "../../http/answer.ts";
import { withMarker } from "../text-marker.ts";
import { joinCloudSecret } from "./cloud-secret.ts";
import { GENERATED, type GeneratedAnswer } from "./cortex-cloud-answers.ts";
import { readCloudKey } from "./cortex-cloud-list.ts";
import { writeScope } from "./cortex-cloud-scope.ts";
import type { Tenant } from "./tenant.ts";

/** The vendor allows six months, which are 181 days at least. */
export const MAX_LIFETIME_DAYS = 180;

/** Sent once, whatever comes of it. After an error the key is known by its marker, and nobody has its secret. */
export async function generateKey(
  tenant: Tenant,
  request: CreateKeyRequest,
  signal?: AbortSignal,
): Promise<Minted> {
  const { roles, securityLevel, description, marker } = request;
  const expiration = expirationOf(request, tenant.clock.now().getTime());
  const comment = commentOf(description, marker);
  const names = (await tenant.roles.find(roles, signal)).map(({ pretty_name: name }) => name);
  const body = { request_data: { roles: names, security_level: securityLevel, expiration, comment } };
  const post = { method: "POST", path: "/public_api/v1/api_keys/generate", body } as const;
  const { request: sent, response } = await tenant.client.send(post, signal);
  const { id, key } = readGenerated(() => parseAnswer(GENERATED, response, sent));
  const keyId = String(id);
  tenant.levels.set(keyId, securityLevel);
  try {
    const made = await readCloudKey(tenant.client, tenant.clock, keyId, signal);
    refuseOther(made, request, expiration);
    if (request.scope) await writeScope(tenant.client, keyId, request.scope, signal);
    const { expiresAt } = made;
    return { id: keyId, secret: joinCloudSecret(id, key), ...(expiresAt !== undefined && { expiresAt }) };
  } catch (error) {
    throw unfinished(keyId, error);
  }
}

/** Whole seconds: whether a finer instant is kept is told nowhere. */
function expirationOf({ expiresAt }: CreateKeyRequest, now: number): number {
  const expiration = expiresAt === undefined ? Infinity : Math.floor(Date.parse(expiresAt) / 1000) * 1000;
  if (expiration > now && expiration <= now + MAX_LIFETIME_DAYS * DAY_MS) return expiration;
  const fault =
    expiration > now ? `live ${MAX_LIFETIME_DAYS} days at most` : "cannot have expired before they are made";
  throw new KeywrightError("STORE_REJECTED", `Keys of Cortex Cloud ${fault}.`, {
    hint: "Set spec.expires, for example { after: 90d }.",
  });
}

/** What is known to be kept whole. A comment that is cut loses the marker at its end. */
const LONGEST_COMMENT = 2000;

export function commentOf(description: string, marker: CreateKeyRequest["marker"]): string {
  const comment = withMarker(description, marker);
  if (comment.length <= LONGEST_COMMENT) return comment;
  const message = `The description of ${marker.name} and its marker have ${comment.length} characters, and a comment holds ${LONGEST_COMMENT}.`;
  throw new KeywrightError("STORE_REJECTED", message, { hint: "Shorten spec.description." });
}

/** Once it has said 200 the key is there, whatever became of the rest of the answer. */
function readGenerated(parse: () => GeneratedAnswer): GeneratedAnswer["reply"] {
  try {
    return parse().reply;
  } catch (error) {
    throw new KeywrightError(
      "STORE_OUTCOME_UNKNOWN",
      "Cortex Cloud made a key and its answer cannot be read.",
      {
        hint: "Run again: the next run finds the key by its marker, revokes it and makes another.",
        cause: error,
      },
    );
  }
}

/** I6: a key that is another than was asked for is given to nobody. */
function refuseOther(made: LiveKey, asked: CreateKeyRequest, expiration: number): void {
  const end = made.expiresAt === undefined ? Number.NaN : Date.parse(made.expiresAt);
  if (Math.floor(end / 1000) * 1000 !== expiration) {
    const wanted = new Date(expiration).toISOString();
    throw other(`expires at ${made.expiresAt ?? "no time"}, not at ${wanted} as it was asked`);
  }
  const [given, wanted] = [renderRoles(made.roles).join(", "), renderRoles(asked.roles).join(", ")];
  if (given !== wanted) throw other(`has the roles ${given || "none"}, not ${wanted}`);
  if (made.securityLevel !== asked.securityLevel) throw other(`has the level ${made.securityLevel}`);
  if (made.marker?.operation !== asked.marker.operation) {
    throw new KeywrightError("STORE_CONTRACT", "its comment lost its marker on the way.", {
      hint: "Delete that key in the console: no run will know it for ours. Then shorten spec.description.",
    });
  }
}

const other = (how: string): KeywrightError => new KeywrightError("STORE_CONTRACT", `it ${how}.`);

/** What is true of the run, not of this key alone: nothing that the tenant answered was wrong. */
const OF_THE_RUN: ReadonlySet<ErrorCode> = new Set([
  "INTERRUPTED",
  "STORE_BUSY",
  "STORE_UNAUTHORIZED",
  "STORE_UNREACHABLE",
]);

/** The key is there: no code may say that nothing was done. What ended it stays known as the cause. */
function unfinished(keyId: string, error: unknown): unknown {
  if (!isKeywrightError(error)) return error;
  const code = OF_THE_RUN.has(error.code) ? "STORE_OUTCOME_UNKNOWN" : "STORE_CONTRACT";
  const message = `Cortex Cloud made the key ${keyId}, which nobody gets: ${error.message}`;
  const { hint = "The next run revokes it and makes another." } = error;
  return new KeywrightError(code, message, { hint, cause: error });
}
