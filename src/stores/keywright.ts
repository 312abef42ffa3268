/** The adapter for our own key store, by its native API (`docs/store-api.md`), over HTTP or in process. */

import type { Kind, LiveByKind } from "../core/live.ts";
import type {
  Clock,
  CreateRequest,
  KeyStore,
  Minted,
  RevokeRequest,
  StoreCapabilities,
  UpdateRequest,
  Verification,
} from "../core/ports.ts";
import { DEFAULT_ROLES } from "../core/role-ref.ts";
import type { Secret } from "../core/secret.ts";
import { breach, parseAnswer, type SchemaOf } from "../http/answer.ts";
import { type ApiClient, type ApiRequest, createApiClient } from "../http/api-client.ts";
import {
  POLICY_ANSWER,
  ROLE_ANSWER,
  STORE_ANSWER,
  type StoreAnswer,
  VALIDITY_ANSWER,
} from "./keywright-answers.ts";
import { examineKeywright, type KeywrightExaminer } from "./examine-keywright.ts";
import { createKeywrightDialect } from "./keywright-dialect.ts";
import { readAllowlist, replaceAllowlist } from "./keywright-allowlist.ts";
import { createKey, keyPath, updateKey } from "./keywright-keys.ts";
import { listKeys, listRoles, readPolicy } from "./keywright-list.ts";
import { createSecret, listSecrets, secretPath, updateSecret } from "./keywright-secrets.ts";
import type { Transport } from "../http/transport.ts";

export interface KeywrightStoreOptions {
  readonly credential: Secret;
  /** The store's name from its own id (`ks_…`). */
  readonly identify: (storeId: string) => string;
  /** Pauses between the tries of a reading. */
  readonly retryPausesMs?: readonly number[];
  /** Ends the greeting, and what is asked later without a signal: see `ApiClientOptions`. */
  readonly signal?: AbortSignal | undefined;
  /** Ours, to compare with the store's. */
  readonly clock?: Clock;
  /** Whether the store runs in this process. Default: no. */
  readonly isInProcess?: boolean;
}

const CONCURRENCY = 8;
const RETRY_PAUSES_MS = [100, 400, 1_600];

/**
 * Asks the store who it is before anything else: STORE_UNREACHABLE, STORE_UNAUTHORIZED or STORE_CONTRACT come
 * from here. The transport is closed with the store, and when opening fails.
 */
export async function createKeywrightStore(
  transport: Transport,
  {
    credential,
    identify,
    retryPausesMs = RETRY_PAUSES_MS,
    signal,
    clock = CLOCK,
    isInProcess = false,
  }: KeywrightStoreOptions,
): Promise<KeyStore> {
  const dialect = createKeywrightDialect(credential, clock);
  const client = createApiClient({ transport, dialect, retryPausesMs, signal });
  try {
    const { request, response } = await client.read("/v1/store", signal);
    const answer = parseAnswer(STORE_ANSWER, response, request);
    const examiner = { client, clock, isInProcess };
    return buildStore(examiner, transport, answer, identify(answer.id));
  } catch (error) {
    await transport.close();
    throw error;
  }
}

const CLOCK: Clock = { now: () => new Date() };

function buildStore(
  examiner: KeywrightExaminer,
  transport: Transport,
  answer: StoreAnswer,
  identity: string,
): KeyStore {
  const { client } = examiner;
  const { prefix, environment } = answer.keyFormat;
  const capabilities: StoreCapabilities = {
    mint: { by: "client", format: { prefix, environment } },
    updatable: ["displayName", "description", "owner", "labels"],
    securityLevels: ["standard"],
    roles: { names: DEFAULT_ROLES, custom: true },
    manages: ["Role", "SecurityPolicy", "Secret", "IpAllowlist"],
    concurrency: CONCURRENCY,
  };
  return {
    identity,
    capabilities,
    ownKeyId: answer.caller.id,
    list: (kind, signal) => list(client, answer.maxPageSize, kind, signal),
    create: (request, signal) => create(client, request, signal),
    update: (request, signal) => update(client, request, signal),
    revoke: (request, signal) => revoke(client, request, signal),
    verify: (secret, signal) => verify(client, secret, signal),
    examine: (needs, signal) => examineKeywright(examiner, needs, signal),
    close: () => transport.close(),
  };
}

function list<K extends Kind>(
  client: ApiClient,
  pageSize: number,
  kind: K,
  signal?: AbortSignal,
): AsyncIterable<LiveByKind[K]> {
  const readers: { readonly [P in Kind]: () => AsyncIterable<LiveByKind[P]> } = {
    ApiKey: () => listKeys(client, pageSize, signal),
    Role: () => listRoles(client, signal),
    SecurityPolicy: () => readPolicy(client, signal),
    Secret: () => listSecrets(client, signal),
    IpAllowlist: () => readAllowlist(client, signal),
  };
  return readers[kind]();
}

function create(client: ApiClient, request: CreateRequest, signal?: AbortSignal): Promise<Minted> {
  switch (request.kind) {
    case "ApiKey":
      return createKey(client, request, signal);
    case "Role":
      return createRole(client, request, signal);
    case "Secret":
      return createSecret(client, request, signal);
  }
}

async function createRole(
  client: ApiClient,
  { instance, role }: Extract<CreateRequest, { kind: "Role" }>,
  signal?: AbortSignal,
): Promise<Minted> {
  const headers = { "if-none-match": "*" };
  const { request, response } = await client.send({ ...putRole(instance, role), headers }, signal);
  return { id: parseAnswer(ROLE_ANSWER, response, request).tag };
}

async function update(client: ApiClient, request: UpdateRequest, signal?: AbortSignal): Promise<void> {
  switch (request.kind) {
    case "ApiKey":
      return updateKey(client, request, signal);
    case "Role":
      const headers = { "if-match": "*" };
      await sendFor(ROLE_ANSWER, client, { ...putRole(request.instance, request.role), headers }, signal);
      return;
    case "SecurityPolicy": {
      const { requireExpiration, maxLifetimeDays = null, allowedRoles = null } = request.policy;
      const body = { requireExpiration, maxLifetimeDays, allowedRoles };
      await sendFor(POLICY_ANSWER, client, { method: "PUT", path: "/v1/policy", body }, signal);
      return;
    }
    case "Secret":
      return updateSecret(client, request, signal);
    case "IpAllowlist":
      return replaceAllowlist(client, request.entries, signal);
  }
}

/** What a proxy's page answers does not pass for a change that was made. */
async function sendFor<T>(
  schema: SchemaOf<T>,
  client: ApiClient,
  mutation: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { request, response } = await client.send(mutation, signal);
  return parseAnswer(schema, response, request);
}

const GONE = 404;
const NO_CONTENT = 204;

async function revoke(client: ApiClient, request: RevokeRequest, signal?: AbortSignal): Promise<void> {
  const path = pathOf(request);
  const { request: sent, response } = await client.send({ method: "DELETE", path }, signal, [GONE]);
  // A login page before the API says 200 to everything.
  if (response.status !== GONE && response.status !== NO_CONTENT) {
    throw breach(sent, response.status, "is none that the API gives");
  }
}

async function verify(client: ApiClient, secret: Secret, signal?: AbortSignal): Promise<Verification> {
  const mutation = { method: "POST", path: "/v1/verify", body: { key: secret.reveal() } } as const;
  const { request, response } = await client.send(mutation, signal);
  const answer = parseAnswer(VALIDITY_ANSWER, response, request);
  return answer.valid ? { valid: true, id: answer.id } : { valid: false, reason: answer.reason };
}

function putRole(instance: string, role: Extract<CreateRequest, { kind: "Role" }>["role"]) {
  const { name, displayName, description, permissions } = role;
  const body = { displayName, description, permissions, instance };
  return { method: "PUT", path: rolePath(name), body } as const;
}

function pathOf(request: RevokeRequest): string {
  if (request.kind === "Role") return rolePath(request.name);
  return request.kind === "Secret" ? secretPath(request.id) : keyPath(request.id);
}

const rolePath = (tag: string): string => `/v1/roles/${encodeURIComponent(tag)}`;
