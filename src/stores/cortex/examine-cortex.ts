/** Cortex tells no caller who it is: what can be known comes from what it lets in, and from the key that is said to be ours. */

import { clockSkew } from "../../core/clock-skew.ts";
import { isKeywrightError } from "../../core/error.ts";
import type { LiveKey } from "../../core/live.ts";
import type { Clock } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import { hasTail, type SecretTail, tailOf } from "../../core/secret-tail.ts";
import type {
  CallerSource,
  StoreCaller,
  StoreExamination,
  StoreNeeds,
} from "../../core/store-examination.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { parseAnswer } from "../../http/answer.ts";
import { isAddressRefusal } from "../../http/cortex-dialect.ts";
import type { HttpResponse } from "../../http/transport.ts";
import { KEY } from "./cortex-answers.ts";
import { buildLiveKey, listCortexKeys } from "./cortex-list.ts";
import { enoughFor, permissionsFor, rightsOf } from "./cortex-rights.ts";

export interface CortexExaminer {
  readonly client: ApiClient;
  /** Only its end is compared. */
  readonly credential: Secret;
  readonly clock: Clock;
}

const KEYS = "/api/v1/auth/key";

/** What the documentation of the vendor says. */
const LIMITS = [
  "1000 requests a minute for each client, of which at most 950 are used",
  "lists of at most 1000 keys a request",
];

/** One request, one more for each neighbour of the keys that is needed, and the listing where nobody says which key is ours. */
export async function examineCortex(
  examiner: CortexExaminer,
  needs: StoreNeeds,
  signal?: AbortSignal,
): Promise<StoreExamination> {
  const { client, clock } = examiner;
  const sentAt = clock.now();
  const first = await ask(client, `${KEYS}?pageSize=1&page=0`, signal);
  const skew = clockSkew(sentAt, clock.now(), first.headers["date"]);
  const mayList = first.status !== FORBIDDEN;
  const refused = await refusedNeighbours(client, needs, signal);
  const caller = mayList ? await findCaller(examiner, needs.ownKeyId, signal) : undefined;
  const isOurs = caller !== undefined && caller.source !== "doubtful";
  const rights = isOurs ? rightsOf(caller.roles, needs) : NOTHING_KNOWN;
  return {
    ...(caller && { caller }),
    ...rights,
    missing: [...(mayList ? [] : [EDIT]), ...refused, ...rights.missing],
    enough: enoughFor(needs),
    ...(skew && { clock: skew }),
    limits: LIMITS,
  };
}

const EDIT = "Edit API keys";
const FORBIDDEN = 403;
const GONE = 404;

const NOTHING_KNOWN = {
  missing: [],
  surplus: [],
  unknown: ["which roles the credential has"],
} as const;

/** What else each permission is asked for, by a reading of it. */
const NEIGHBOURS: ReadonlyMap<string, string> = new Map([
  ["Create secrets", "/api/v1/secrets?pageSize=1&page=0"],
  ["Configure IP allowlist", "/api/v1/ip-allowlist"],
]);

async function refusedNeighbours(
  client: ApiClient,
  needs: StoreNeeds,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const permission of permissionsFor(needs)) {
    const path = NEIGHBOURS.get(permission);
    if (path !== undefined && (await ask(client, path, signal)).status === FORBIDDEN)
      refused.push(permission);
  }
  return refused;
}

async function findCaller(
  { client, credential, clock }: CortexExaminer,
  ownKeyId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<StoreCaller | undefined> {
  const tail = tailOf(credential);
  if (ownKeyId !== undefined) {
    const key = await readKey(client, ownKeyId, clock.now(), signal);
    return key && callerOf(key, hasTail(key, tail) ? "named" : "doubtful");
  }
  const alike = await listAlike(client, clock, tail, signal);
  const [only, other] = alike;
  return only && !other ? callerOf(only, "likely") : undefined;
}

/** None where the listing may miss some. */
async function listAlike(
  client: ApiClient,
  clock: Clock,
  tail: SecretTail,
  signal: AbortSignal | undefined,
): Promise<readonly LiveKey[]> {
  const alike: LiveKey[] = [];
  try {
    for await (const key of listCortexKeys(client, clock, signal)) if (hasTail(key, tail)) alike.push(key);
    return alike;
  } catch (error) {
    if (isKeywrightError(error, "STORE_INCOMPLETE")) return [];
    throw error;
  }
}

/** Undefined when there is none with this id. */
async function readKey(
  client: ApiClient,
  id: string,
  now: Date,
  signal: AbortSignal | undefined,
): Promise<LiveKey | undefined> {
  const request = { method: "GET", path: `${KEYS}/${encodeURIComponent(id)}` } as const;
  const { request: sent, response } = await client.read(request, signal, [GONE]);
  return response.status === GONE ? undefined : buildLiveKey(parseAnswer(KEY, response, sent), now.getTime());
}

const callerOf = ({ id, roles, expiresAt, securityLevel }: LiveKey, source: CallerSource): StoreCaller => ({
  id,
  source,
  roles,
  expiresAt: expiresAt ?? null,
  securityLevel,
});

/** Its answer also when a permission is missing. */
async function ask(client: ApiClient, path: string, signal: AbortSignal | undefined): Promise<HttpResponse> {
  const { response } = await client.read(path, signal, [FORBIDDEN]);
  // Asked again for the dialect's own words.
  return isAddressRefusal(response) ? (await client.read(path, signal)).response : response;
}
