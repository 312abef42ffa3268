import { type KeyRow, buildKey, parseRoles } from "./key.ts";
import type { Caller } from "./caller.ts";
import type { Change } from "./change.ts";
import type { CreatedKey } from "./create-key.ts";
import type { Refusal } from "./refusal.ts";
import { readRights, refuseAbove } from "./rights.ts";

/**
 * The key that an earlier request with this Idempotency-Key made; undefined when there was none. Refused like a new
 * one when the caller could not make this key now, when the request asked for something else, or when the key is dead.
 */
export async function findReplay(
  { transaction, now }: Change,
  caller: Caller,
  idempotencyKey: string | undefined,
  requestDigest: string,
): Promise<CreatedKey | Refusal | undefined> {
  if (idempotencyKey === undefined) return undefined;
  const row = await transaction
    .selectFrom("keys")
    .selectAll()
    .where("idempotency_key", "=", idempotencyKey)
    .executeTakeFirst();
  if (!row) return undefined;
  const rights = await readRights(transaction, parseRoles(row));
  return refuseAbove(caller, rights, "The roles hold") ?? replay(row, requestDigest, now);
}

function replay(row: KeyRow, requestDigest: string, now: Date): CreatedKey | Refusal {
  if (row.request_digest !== requestDigest) {
    return {
      refused: "idempotency-mismatch",
      detail: "This Idempotency-Key came with another request before.",
    };
  }
  const key = buildKey(row, now);
  if (key.status === "pending" || key.status === "active") return { key, row, replayed: true };
  return { refused: "key-not-live", detail: `The key ${key.id} that this request made is ${key.status}.` };
}
