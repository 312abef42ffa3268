/** The adapter for Cortex (cortex.io), by its REST API v1: keys, secrets and the IP allowlist; roles and the security policy have no API there. */

import { KeywrightError } from "../../core/error.ts";
import type { Kind, LiveAllowlist, LiveByKind } from "../../core/live.ts";
import type {
  Clock,
  CreateRequest,
  KeyStore,
  Minted,
  RevokeRequest,
  StoreCapabilities,
  UpdateRequest,
  Verification,
} from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import { breach, isWebPage, parseAnswer, parseJson } from "../../http/answer.ts";
import { type ApiClient, createApiClient, type Dialect } from "../../http/api-client.ts";
import { deleteCortexSecret } from "../../http/cortex-secrets-api.ts";
import { createCortexDialect, isAddressRefusal } from "../../http/cortex-dialect.ts";
import { createRequestLimiter, type RequestLimiter } from "../../http/request-limiter.ts";
import type { Transport } from "../../http/transport.ts";
import { KEY, KEY_PAGE } from "./cortex-answers.ts";
import { readCortexAllowlist, replaceCortexAllowlist } from "./cortex-allowlist.ts";
import { createCortexKey, GIVEN_ROLES, KEYS } from "./create-cortex-key.ts";
import { listCortexKeys } from "./cortex-list.ts";
import { createCortexSecret, listCortexSecrets, updateCortexSecret } from "./cortex-secrets.ts";
import { withMarker } from "../text-marker.ts";
import { examineCortex } from "./examine-cortex.ts";

export interface CortexStoreOptions {
  readonly transport: Transport;
  readonly credential: Secret;
  readonly clock: Clock;
  /** The store's address without credentials. */
  readonly identity: string;
  readonly limiter?: RequestLimiter;
  readonly retryPausesMs?: readonly number[];
  /** For what is asked without a signal: see `ApiClientOptions`. */
  readonly signal?: AbortSignal | undefined;
}

/** Below the 1000 a minute that the vendor allows: others use the same limit. */
const LIMITS = { perMinute: 950, burst: 40, longestWaitMs: 10 * 60_000 };
/** The limiter sets the pace; those that are minted side by side are looked for in one listing. */
const CONCURRENCY = 24;

const CAPABILITIES: StoreCapabilities = {
  mint: { by: "store", returnsId: false },
  updatable: ["displayName", "description"],
  securityLevels: ["standard"],
  roles: { names: GIVEN_ROLES, custom: true },
  // A new key proves that it works: that is one of the two.
  rationing: {
    perMinute: LIMITS.perMinute,
    create: 2,
    update: 1,
    revoke: 1,
    pageSize: 1000,
    readings: 2,
    // It is validated first.
    allowlist: 2,
  },
  manages: ["Secret", "IpAllowlist"],
  concurrency: CONCURRENCY,
};

export function createCortexStore(options: CortexStoreOptions): KeyStore {
  const { transport, credential, clock, identity, limiter = createRequestLimiter(LIMITS) } = options;
  const parts = {
    transport,
    limiter,
    signal: options.signal,
    ...(options.retryPausesMs && { retryPausesMs: options.retryPausesMs }),
  };
  const client = createApiClient({ ...parts, dialect: createCortexDialect(credential, clock) });
  return {
    identity,
    capabilities: CAPABILITIES,
    // Cortex tells nobody who they are: `guards.ownKey` names it.
    ownKeyId: undefined,
    list: (kind, signal) => list(client, clock, kind, signal),
    create: (request, signal) => create(client, request, signal),
    update: (request, signal) => update(client, request, signal),
    revoke: (request, signal) => revoke(client, request, signal),
    verify: (secret, signal) => {
      const dialect = createCortexDialect(secret, clock);
      return verify(createApiClient({ ...parts, dialect }), dialect, signal);
    },
    examine: (needs, signal) => examineCortex({ client, credential, clock }, needs, signal),
    close: () => transport.close(),
  };
}

async function* list<K extends Kind>(
  client: ApiClient,
  clock: Clock,
  kind: K,
  signal?: AbortSignal,
): AsyncGenerator<LiveByKind[K]> {
  const readers: { readonly [P in Kind]: () => AsyncIterable<LiveByKind[P]> } = {
    ApiKey: () => listCortexKeys(client, clock, signal),
    Secret: () => listCortexSecrets(client, signal),
    IpAllowlist: () => readAllowlist(client, signal),
    Role: throwNotManaged,
    SecurityPolicy: throwNotManaged,
  };
  yield* readers[kind]();
}

async function create(client: ApiClient, request: CreateRequest, signal?: AbortSignal): Promise<Minted> {
  if (request.kind === "Secret") return createCortexSecret(client, request, signal);
  if (request.kind !== "ApiKey") throw notManaged();
  return createCortexKey(client, request, signal);
}

async function update(client: ApiClient, request: UpdateRequest, signal?: AbortSignal): Promise<void> {
  if (request.kind === "Secret") return updateCortexSecret(client, request, signal);
  if (request.kind === "IpAllowlist") return replaceCortexAllowlist(client, request.entries, signal);
  if (request.kind !== "ApiKey") throw notManaged();
  const { id, displayName, description, marker } = request;
  // What an omitted description does is not told anywhere: both are always sent.
  const body = { name: displayName, description: withMarker(description, marker) };
  const { request: sent, response } = await client.send({ method: "PUT", path: pathOf(id), body }, signal);
  parseAnswer(KEY, response, sent);
}

const GONE = 404;

async function revoke(client: ApiClient, request: RevokeRequest, signal?: AbortSignal): Promise<void> {
  if (request.kind === "Secret") return deleteCortexSecret(client, request.id, signal);
  if (request.kind !== "ApiKey") throw notManaged();
  const deletion = { method: "DELETE", path: pathOf(request.id) } as const;
  const { request: sent, response } = await client.send(deletion, signal, [GONE]);
  // A login page before the API says 200 to everything.
  if (response.status !== GONE && response.body.trim() !== "" && parseJson(response.body) === undefined) {
    throw breach(sent, response.status, "is not what the API gives");
  }
}

/**
 * A key that may list nothing is let in all the same, and told 403: only 401 says that it is none. What stands before the
 * API, a login page or the allowlist, says nothing of the key.
 */
async function verify(client: ApiClient, dialect: Dialect, signal?: AbortSignal): Promise<Verification> {
  const path = `${KEYS}?pageSize=1&page=0`;
  const exchange = await client.read(path, signal, [401, 403]);
  const { request, response } = exchange;
  const { status, body } = response;
  if (status === 401) {
    if (isWebPage(response)) throw breach(request, status, "is a web page");
    return { valid: false, reason: "not accepted" };
  }
  if (status !== 403) parseAnswer(KEY_PAGE, response, request);
  else if (isAddressRefusal(response) || (body.trim() !== "" && parseJson(body) === undefined))
    throw dialect.refusal(exchange);
  return { valid: true };
}

const pathOf = (id: string): string => `${KEYS}/${encodeURIComponent(id)}`;

async function* readAllowlist(client: ApiClient, signal?: AbortSignal): AsyncGenerator<LiveAllowlist> {
  yield await readCortexAllowlist(client, signal);
}

const throwNotManaged = (): never => {
  throw notManaged();
};

const notManaged = (): KeywrightError =>
  new KeywrightError("STORE_REJECTED", "Cortex has no API for roles and the security policy.");
