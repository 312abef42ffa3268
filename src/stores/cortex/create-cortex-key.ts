/** Makes one key of Cortex. Its answer names no id, and may leave out the end and be silent of roles: the listing tells them. */

import { KeywrightError } from "../../core/error.ts";
import type { CreateKeyRequest, Minted } from "../../core/ports.ts";
import type { RoleRef } from "../../core/role-ref.ts";
import { Secret } from "../../core/secret.ts";
import { parseAnswer } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { withMarker } from "../text-marker.ts";
import { CREATED, type CortexCreated } from "./cortex-answers.ts";
import { instantOf } from "./cortex-list.ts";

export const KEYS = "/api/v1/auth/key";

/**
 * Sent once. STORE_CONTRACT when the answer tells another end than was asked for; STORE_OUTCOME_UNKNOWN when a key was made
 * whose secret nobody has.
 */
export async function createCortexKey(
  client: ApiClient,
  request: CreateKeyRequest,
  signal?: AbortSignal,
): Promise<Minted> {
  const { displayName, description, marker, roles, expiresAt, securityLevel } = request;
  if (securityLevel !== "standard") {
    throw new KeywrightError("STORE_REJECTED", "Cortex has no keys of the security level advanced.", {
      hint: "Use securityLevel: standard.",
    });
  }
  const body = {
    name: displayName,
    description: withMarker(description, marker),
    roles: roles.map(buildRole),
    ...(expiresAt !== undefined && { expirationDate: wholeSeconds(expiresAt) }),
  };
  const { request: sent, response } = await client.send({ method: "POST", path: KEYS, body }, signal);
  return mintedFrom(
    readCreated(() => parseAnswer(CREATED, response, sent)),
    request,
  );
}

/** Once it has said 200 the key is there, whatever became of the rest of the answer. */
function readCreated(parse: () => CortexCreated): CortexCreated {
  try {
    return parse();
  } catch (error) {
    throw new KeywrightError("STORE_OUTCOME_UNKNOWN", "Cortex made a key and its answer cannot be read.", {
      hint: "Run again: the next run finds the key by its marker, revokes it and makes another.",
      cause: error,
    });
  }
}

function mintedFrom({ apiKey, expirationDate }: CortexCreated, { expiresAt }: CreateKeyRequest): Minted {
  // Left out of the answer, the listing tells it, and is compared.
  if (!expirationDate) return { secret: Secret.of(apiKey) };
  const given = instantOf(expirationDate);
  if (isSameSecond(given, expiresAt)) return { secret: Secret.of(apiKey), expiresAt: given };
  throw new KeywrightError(
    "STORE_CONTRACT",
    `Cortex made a key that expires at ${given}, not at ${expiresAt ?? "no time"} as it was asked.`,
    {
      hint: "The security policy of the workspace may be stricter than the manifest: set spec.expires to what it allows. The next run revokes the key.",
    },
  );
}

/** Whether a store that knows seconds only understands it as it is meant is not told anywhere. */
const wholeSeconds = (instant: string): string =>
  new Date(Math.floor(Date.parse(instant) / 1000) * 1000).toISOString();

const isSameSecond = (given: string, asked: string | undefined): boolean =>
  asked !== undefined && wholeSeconds(given) === wholeSeconds(asked);

/** MANAGER can be read and not be given. */
export const GIVEN_ROLES = ["READ_ONLY", "USER", "ADMIN"];

function buildRole(ref: RoleRef) {
  if (ref.type === "custom") return { type: "CUSTOM", tag: ref.tag } as const;
  if (GIVEN_ROLES.includes(ref.role)) return { type: "DEFAULT", role: ref.role } as const;
  throw new KeywrightError("STORE_REJECTED", `Cortex gives no key the role ${ref.role} by its API.`, {
    hint: "Use READ_ONLY, USER or ADMIN, or a custom role.",
  });
}
