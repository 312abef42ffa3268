/** Keys of our own key store (`/v1/keys`): we make their secrets, and the store gets their digests. */

import { KeywrightError } from "../core/error.ts";
import { keyDigest, last4Of } from "../core/key-format.ts";
import type { CreateKeyRequest, Minted, UpdateRequest } from "../core/ports.ts";
import { parseAnswer } from "../http/answer.ts";
import type { ApiClient } from "../http/api-client.ts";
import { KEY_ANSWER } from "./keywright-answers.ts";
import { isReservedLabel, withMarker } from "./marker-labels.ts";

/** A repeated one with the same operation and content gives the same key. */
export async function createKey(
  client: ApiClient,
  request: CreateKeyRequest,
  signal?: AbortSignal,
): Promise<Minted> {
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

export async function updateKey(
  client: ApiClient,
  key: Extract<UpdateRequest, { kind: "ApiKey" }>,
  signal?: AbortSignal,
): Promise<void> {
  const body = { ...describe(key), owner: key.owner ?? null };
  const mutation = { method: "PATCH", path: keyPath(key.id), body } as const;
  const { request, response } = await client.send(mutation, signal);
  parseAnswer(KEY_ANSWER, response, request);
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

export const keyPath = (id: string): string => `/v1/keys/${encodeURIComponent(id)}`;
