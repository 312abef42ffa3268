/**
 * The adapter for Palo Alto Cortex Cloud (XSIAM and XDR have the same API): keys alone. Roles have an API there that can
 * make and delete, and not change; the tenant's roles are used as they are.
 */

import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import type { Kind, LiveByKind } from "../../core/live.ts";
import type {
  Clock,
  KeyStore,
  Random,
  RevokeRequest,
  StoreCapabilities,
  UpdateRequest,
  Wanted,
} from "../../core/ports.ts";
import { breach, parseAnswer } from "../../http/answer.ts";
import { createApiClient } from "../../http/api-client.ts";
import { createRequestLimiter, type RequestLimiter } from "../../http/request-limiter.ts";
import type { Transport } from "../../http/transport.ts";
import { DELETED, DONE } from "./cortex-cloud-answers.ts";
import { createCortexCloudDialect } from "./cortex-cloud-dialect.ts";
import { listCloudKeys, PAGE_SIZE } from "./cortex-cloud-list.ts";
import { writeScope } from "./cortex-cloud-scope.ts";
import { examineCortexCloud } from "./examine-cortex-cloud.ts";
import { commentOf, generateKey, MAX_LIFETIME_DAYS } from "./generate-key.ts";
import { createRoleRegistry } from "./role-registry.ts";
import type { CloudCredential } from "./sign-request.ts";
import { isCloudId, type Tenant } from "./tenant.ts";
import { verifyCloudKey } from "./verify-cloud-key.ts";

export interface CortexCloudStoreOptions {
  readonly transport: Transport;
  readonly credential: CloudCredential;
  readonly clock: Clock;
  readonly random: Random;
  /** The tenant's address without credentials. */
  readonly identity: string;
  readonly limiter?: RequestLimiter;
  readonly retryPausesMs?: readonly number[];
  /** For what is asked without a signal: see `ApiClientOptions`. */
  readonly signal?: AbortSignal | undefined;
}

/** A tenant bears 10 requests a second from all its clients together: no second has more, not even after a rest. */
const LIMITS = { perMinute: 240, burst: 6, longestWaitMs: 10 * 60_000 };
/** Half a second for an answer keeps up with that. */
const CONCURRENCY = 4;

const CAPABILITIES: StoreCapabilities = {
  mint: { by: "store", returnsId: true },
  // There is no name: the comment is what people read, and the description is what it says.
  updatable: ["description", "roles", "scope"],
  securityLevels: ["standard", "advanced"],
  roles: { custom: false },
  maxLifetimeDays: MAX_LIFETIME_DAYS,
  // Generate, read back, verify; a scope is read before it is written.
  rationing: {
    perMinute: LIMITS.perMinute,
    create: 3,
    update: 1,
    revoke: 1,
    pageSize: PAGE_SIZE,
    readings: 2,
    scope: 2,
    // The list of roles.
    opening: 1,
  },
  manages: [],
  concurrency: CONCURRENCY,
};

/**
 * Greets the tenant by reading its list of roles, so that a plan refuses what no key can be given; any name is taken where the
 * credential may not read it. Throws what the tenant says to the greeting, and leaves nothing open then.
 */
export async function openCortexCloudStore(options: CortexCloudStoreOptions): Promise<KeyStore> {
  const tenant = createTenant(options);
  try {
    return storeOf(tenant, options, await knownRoles(tenant));
  } catch (error) {
    await options.transport.close();
    throw error;
  }
}

async function knownRoles({ roles }: Tenant): Promise<readonly string[] | undefined> {
  try {
    return await roles.names();
  } catch (error) {
    if (isKeywrightError(error, "STORE_FORBIDDEN") || isKeywrightError(error, "STORE_INCOMPLETE"))
      return undefined;
    throw error;
  }
}

/** Nothing is asked before the first call: any name of a role is taken for one. */
export const createCortexCloudStore = (options: CortexCloudStoreOptions): KeyStore =>
  storeOf(createTenant(options), options);

function storeOf(
  tenant: Tenant,
  { transport, identity }: CortexCloudStoreOptions,
  names?: readonly string[],
): KeyStore {
  return {
    identity,
    capabilities: { ...CAPABILITIES, roles: { custom: false, ...(names && { names }) } },
    ownKeyId: tenant.ownKeyId,
    list: (kind, signal, wanted) => list(tenant, kind, signal, wanted),
    create: async (request, signal) => {
      if (request.kind !== "ApiKey") throw notManaged();
      return generateKey(tenant, request, signal);
    },
    update: (request, signal) => update(tenant, request, signal),
    revoke: (request, signal) => revoke(tenant, request, signal),
    verify: (secret, signal) => verifyCloudKey(tenant, secret, signal),
    examine: (needs, signal) => examineCortexCloud(tenant, needs, signal),
    close: () => transport.close(),
  };
}

function createTenant(options: CortexCloudStoreOptions): Tenant {
  const { transport, credential, clock, random, retryPausesMs, signal } = options;
  const limiter = options.limiter ?? createRequestLimiter(LIMITS);
  const rest = { transport, limiter, signal, ...(retryPausesMs && { retryPausesMs }) };
  const callAs: Tenant["callAs"] = (shown) => {
    const dialect = createCortexCloudDialect({ credential: shown, clock, random });
    return { dialect, client: createApiClient({ ...rest, dialect }) };
  };
  const { client } = callAs(credential);
  const { keyId: ownKeyId, securityLevel } = credential;
  const levels: Tenant["levels"] = new Map([[ownKeyId, securityLevel]]);
  return { client, callAs, clock, roles: createRoleRegistry(client), levels, ownKeyId };
}

async function* list<K extends Kind>(
  { client, clock, levels }: Tenant,
  kind: K,
  signal?: AbortSignal,
  wanted?: Wanted,
): AsyncGenerator<LiveByKind[K]> {
  if (kind !== "ApiKey") throw notManaged();
  for await (const key of listCloudKeys(client, clock, signal, wanted)) {
    levels.set(key.id, key.securityLevel);
    yield key as LiveByKind[K];
  }
}

async function update(tenant: Tenant, request: UpdateRequest, signal?: AbortSignal): Promise<void> {
  if (request.kind !== "ApiKey") throw notManaged();
  const { id, description, marker, securityLevel, scope } = request;
  refuseOwn(tenant, id);
  if (!isCloudId(id)) throw gone(id);
  const comment = commentOf(description, marker);
  const roles = (await tenant.roles.find(request.roles, signal)).map(({ role_id: roleId }) => roleId);
  const body = { request_data: { roles, security_level: securityLevel, comment } };
  const edit = { method: "PUT", path: `/platform/iam/v1/api-key/${id}`, body } as const;
  const { request: sent, response } = await tenant.client.send(edit, signal);
  parseAnswer(DONE, response, sent);
  if (scope) await writeScope(tenant.client, id, scope, signal);
}

async function revoke(tenant: Tenant, request: RevokeRequest, signal?: AbortSignal): Promise<void> {
  if (request.kind !== "ApiKey") throw notManaged();
  const { id } = request;
  refuseOwn(tenant, id);
  // Empty filters would mean all keys: exactly one id is sent, and it is one.
  if (!isCloudId(id)) return;
  const filters = [{ field: "id", operator: "in", value: [Number(id)] }];
  const body = { request_data: { filters } };
  try {
    const deletion = { method: "POST", path: "/public_api/v1/api_keys/delete", body } as const;
    const { request: sent, response } = await tenant.client.send(deletion, signal);
    const { update_count: count } = parseAnswer(DELETED, response, sent).reply;
    if (count > 1) throw breach(sent, response.status, `says that ${count} keys are gone, and one was named`);
  } catch (error) {
    if (!isKeywrightError(error, "STORE_CONFLICT")) throw error;
  }
}

function refuseOwn({ ownKeyId }: Tenant, id: string): void {
  if (id !== ownKeyId) return;
  throw new KeywrightError("STORE_CONFLICT", `The key ${id} is the one that Keywright runs with.`, {
    hint: "Change or delete it in the console, once Keywright runs with another.",
  });
}

const gone = (id: string): KeywrightError =>
  new KeywrightError("STORE_CONFLICT", `Cortex Cloud has no key ${id}: its ids are numbers.`);

const notManaged = (): KeywrightError =>
  new KeywrightError(
    "STORE_REJECTED",
    "Roles and the security policy of Cortex Cloud are managed in its console.",
  );
