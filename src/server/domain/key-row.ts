/** A key's row in the database. */

import type { Secret } from "../../core/secret.ts";
import { seal } from "../key-material/envelope.ts";
import { pepperedDigest } from "../key-material/pepper.ts";
import type { Actor } from "./audit.ts";
import type { Change } from "./change.ts";
import type { ClientSecret, CreationTerms, NewKey } from "./create-key.ts";
import { type KeyRow, PENDING_TTL_MS, buildExpiry } from "./key.ts";
import { cidOf, createId } from "./key-names.ts";
import type { StoreContext } from "./store-context.ts";

interface Origin {
  readonly terms: CreationTerms;
  readonly requestDigest: string | null;
  /** Made here; an advanced key is kept sealed. */
  readonly secret: Secret | undefined;
}

/** A row with the next number. */
export async function buildKeyRow(
  context: StoreContext,
  { transaction, now }: Change,
  maker: Actor | null,
  request: NewKey & Partial<ClientSecret>,
  { terms, requestDigest, secret }: Origin,
): Promise<KeyRow> {
  const { random } = context;
  const keyMaterial = await context.keyMaterial.current(transaction);
  const id = createId("key", random, now);
  const isAdvanced = request.securityLevel === "advanced";
  const { last_key_number: number } = await transaction
    .updateTable("change_head")
    .set((eb) => ({ last_key_number: eb("last_key_number", "+", 1) }))
    .returning("last_key_number")
    .executeTakeFirstOrThrow();
  return {
    id,
    number,
    cid: cidOf(id),
    name: request.name,
    description: request.description ?? "",
    owner: request.owner ?? null,
    labels: JSON.stringify(request.labels ?? {}),
    roles: JSON.stringify(request.roles),
    security_level: isAdvanced ? "advanced" : "standard",
    last4: request.last4 ?? "",
    digest: pepperedDigest(keyMaterial.pepper, request.digest ?? ""),
    pepper_version: keyMaterial.pepper.current,
    sealed_key: isAdvanced && secret ? seal(keyMaterial.kek, random, id, secret) : null,
    created_by: maker?.id ?? null,
    idempotency_key: terms.idempotencyKey ?? null,
    request_digest: requestDigest,
    ...datesOf(request, terms, now),
    replaces: terms.rotation?.replaces ?? null,
    overlap_seconds: terms.rotation?.overlapSeconds ?? null,
    scope: terms.scope ?? null,
    version: 1,
  };
}

function datesOf({ expiresAt }: NewKey, { state }: CreationTerms, now: Date) {
  const isActive = state === "active";
  return {
    created_at: now.toISOString(),
    ...buildExpiry(now.toISOString(), expiresAt ?? null),
    pending_until: isActive ? null : new Date(now.getTime() + PENDING_TTL_MS).toISOString(),
    activated_at: isActive ? now.toISOString() : null,
    revoked_at: null,
    retire_at: null,
  };
}
