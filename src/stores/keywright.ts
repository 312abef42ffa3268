/** The adapter for our own key store, by its native API (`docs/store-api.md`), over HTTP or in process. */

import { KeywrightError } from "../core/error.ts";
import { keyDigest, last4Of } from "../core/key-format.ts";
import type { Kind, LiveByKind } from "../core/live.ts";
import type {
  CreateKeyRequest,
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
import {
  KEY_ANSWER,
  POLICY_ANSWER,
  ROLE_ANSWER,
  STORE_ANSWER,
  type StoreAnswer,
  VALIDITY_ANSWER,
} from "./keywright-answers.ts";
import { type Client, createClient, type Mutation } from "./keywright-client.ts";
import { listKeys, listRoles, readPolicy } from "./keywright-list.ts";
import { isReservedLabel, withMarker } from "./marker-labels.ts";
import type { Transport } from "../http/transport.ts";

export interface KeywrightStoreOptions {
  readonly credential: Secret;
  /** The store's name from its own id (`ks_…`). */
  readonly identify: (storeId: string) => string;
  /** Pauses between the tries of a reading. */
  readonly retryPausesMs?: readonly number[];
  /** Ends the greeting. */
  readonly signal?: AbortSignal | undefined;
}

const CONCURRENCY = 8;

/**
 * Asks the store who it is before anything else: STORE_UNREACHABLE, STORE_UNAUTHORIZED or STORE_CONTRACT come
 * from here. The transport is closed with the store, and when opening fails.
 */
export async function createKeywrightStore(
  transport: Transport,
  { credential, identify, retryPausesMs, signal }: KeywrightStoreOptions,
): Promise<KeyStore> {
  const client = createClient(transport, credential, retryPausesMs);
  try {
    const { request, response } = await client.read("/v1/store", signal);
    const answer = parseAnswer(STORE_ANSWER, response, request);
    return buildStore(client, transport, answer, identify(answer.id));
  } catch (error) {
    await transport.close();
    throw error;
  }
}

function buildStore(client: Client, transport: Transport, answer: StoreAnswer, identity: string): KeyStore {
  const { prefix, environment } = answer.keyFormat;
  const capabilities: StoreCapabilities = {
    mint: { by: "client", format: { prefix, environment } },
    updatable: ["displayName", "description", "owner", "labels"],
    securityLevels: ["standard"],
    roles: { names: DEFAULT_ROLES, custom: true },
    manages: ["Role", "SecurityPolicy"],
    concurrency: CONCURRENCY,
  };
  return {
    identity,
    capabilities,
    ownKeyId: answer.caller.id,
    list: (kind, signal) => list(client, answer.maxPageSize, kind, signal),
    create: (request, signal) =>
      request.kind === "ApiKey" ? createKey(client, request, signal) : createRole(client, request, signal),
    update: (request, signal) => update(client, request, signal),
    revoke: (request, signal) => revoke(client, request, signal),
    verify: (secret, signal) => verify(client, secret, signal),
    close: () => transport.close(),
  };
}

function list<K extends Kind>(
  client: Client,
  pageSize: number,
  kind: K,
  signal?: AbortSignal,
): AsyncIterable<LiveByKind[K]> {
  const readers: { readonly [P in Kind]: () => AsyncIterable<LiveByKind[P]> } = {
    ApiKey: () => listKeys(client, pageSize, signal),
    Role: () => listRoles(client, signal),
    SecurityPolicy: () => readPolicy(client, signal),
  };
  return readers[kind]();
}

async function createKey(client: Client, request: CreateKeyRequest, signal?: AbortSignal): Promise<Minted> {
  if (!request.secret) {
    throw new KeywrightError(
      "STORE_REJECTED",
      "This store's secrets are made by the client; there was none.",
    );
  }
  if (request.securityLevel !== "standard") {
    throw new KeywrightError("STORE_REJECTED", "This store has no keys of the security level advanced.", {
      hint: "Use securityLevel: standard.",
    });
  }
  const mutation = {
    method: "POST",
    path: "/v1/keys",
    headers: { "idempotency-key": request.marker.operation },
    body: {
      ...describe(request),
      ...(request.owner === undefined ? {} : { owner: request.owner }),
      roles: request.roles,
      ...(request.expiresAt === undefined ? {} : { expiresAt: request.expiresAt }),
      digest: keyDigest(request.secret),
      last4: last4Of(request.secret),
    },
  } as const;
  const exchange = await client.send(mutation, signal);
  const key = parseAnswer(KEY_ANSWER, exchange.response, exchange.request);
  const { id, expiresAt } = key;
  return { id, ...(expiresAt === null ? {} : { expiresAt }) };
}

async function createRole(
  client: Client,
  { instance, role }: Extract<CreateRequest, { kind: "Role" }>,
  signal?: AbortSignal,
): Promise<Minted> {
  const headers = { "if-none-match": "*" };
  const { request, response } = await client.send({ ...putRole(instance, role), headers }, signal);
  return { id: parseAnswer(ROLE_ANSWER, response, request).tag };
}

async function update(client: Client, request: UpdateRequest, signal?: AbortSignal): Promise<void> {
  switch (request.kind) {
    case "ApiKey": {
      const body = { ...describe(request), owner: request.owner ?? null };
      await sendFor(KEY_ANSWER, client, { method: "PATCH", path: keyPath(request.id), body }, signal);
      return;
    }
    case "Role":
      const headers = { "if-match": "*" };
      await sendFor(ROLE_ANSWER, client, { ...putRole(request.instance, request.role), headers }, signal);
      return;
    case "SecurityPolicy": {
      const { requireExpiration, maxLifetimeDays = null, allowedRoles = null } = request.policy;
      const body = { requireExpiration, maxLifetimeDays, allowedRoles };
      await sendFor(POLICY_ANSWER, client, { method: "PUT", path: "/v1/policy", body }, signal);
    }
  }
}

/** What a proxy's page answers does not pass for a change that was made. */
async function sendFor<T>(
  schema: SchemaOf<T>,
  client: Client,
  mutation: Mutation,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { request, response } = await client.send(mutation, signal);
  return parseAnswer(schema, response, request);
}

const GONE = 404;
const NO_CONTENT = 204;

async function revoke(client: Client, request: RevokeRequest, signal?: AbortSignal): Promise<void> {
  const path = request.kind === "ApiKey" ? keyPath(request.id) : rolePath(request.name);
  const { request: sent, response } = await client.send({ method: "DELETE", path }, signal, [GONE]);
  // A login page before the API says 200 to everything.
  if (response.status !== GONE && response.status !== NO_CONTENT) {
    throw breach(sent, response.status, "is none that the API gives");
  }
}

async function verify(client: Client, secret: Secret, signal?: AbortSignal): Promise<Verification> {
  const mutation = { method: "POST", path: "/v1/verify", body: { key: secret.reveal() } } as const;
  const { request, response } = await client.send(mutation, signal);
  const answer = parseAnswer(VALIDITY_ANSWER, response, request);
  return answer.valid ? { valid: true, id: answer.id } : { valid: false, reason: answer.reason };
}

type Described = Pick<CreateKeyRequest, "displayName" | "description" | "labels" | "marker">;

function describe({ displayName, description, labels, marker }: Described) {
  const reserved = Object.keys(labels).find(isReservedLabel);
  if (reserved !== undefined) {
    throw new KeywrightError("STORE_REJECTED", `The label ${reserved} of ${marker.name} is reserved.`, {
      hint: "Choose a label that does not begin with keywright/.",
    });
  }
  return { name: displayName, description, labels: withMarker(labels, marker) };
}

function putRole(instance: string, role: Extract<CreateRequest, { kind: "Role" }>["role"]) {
  const { name, displayName, description, permissions } = role;
  const body = { displayName, description, permissions, instance };
  return { method: "PUT", path: rolePath(name), body } as const;
}

const keyPath = (id: string): string => `/v1/keys/${encodeURIComponent(id)}`;
const rolePath = (tag: string): string => `/v1/roles/${encodeURIComponent(tag)}`;
