/**
 * Rotation: a successor with another secret and the same name, owner, labels, roles, scope and level. It is PENDING;
 * its activation starts the overlap, after which the old key is revoked. If it lapses, the old key never notices.
 */

import { digestOf } from "../../core/digest.ts";
import type { Caller } from "./caller.ts";
import { NO_SUCH_KEY, notLive, readRow, refuseTouch } from "./change-key.ts";
import { type Change, change } from "./change.ts";
import { type ClientSecret, type CreatedKey, type NewKey, mintKey } from "./create-key.ts";
import { findReplay } from "./find-replay.ts";
import { type KeyRow, parseRoles, statusOf } from "./key.ts";
import type { IfMatch } from "./precondition.ts";
import type { Refusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";
import { sweepLapsedKeys } from "./sweep.ts";

export const MOST_OVERLAP_SECONDS = 30 * 86_400;
const DEFAULT_OVERLAP_SECONDS = 86_400;
/** Later instants have longer years: they would not sort as text. */
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

/** Without a client's secret the store makes one. */
export interface Rotation extends Partial<ClientSecret> {
  /** How long the old key goes on working after the activation; default: a day. */
  readonly overlapSeconds?: number;
  /** ISO 8601 with an offset; null: never. Default: as long from now as the old key was given. */
  readonly expiresAt?: string | null;
}

interface RotationTerms {
  /** Binds the request, as in `CreationTerms`. */
  readonly idempotencyKey: string;
  readonly ifMatch?: IfMatch | undefined;
}

/** Only an active key is rotated, and only while no other key is about to replace it or has done so. */
export const rotateKey = (
  context: StoreContext,
  caller: Caller,
  id: string,
  rotation: Rotation,
  { idempotencyKey, ifMatch }: RotationTerms,
): Promise<CreatedKey | Refusal> =>
  change(context, caller, async (made) => {
    await sweepLapsedKeys(made);
    const requestDigest = digestOf({ rotate: id, ...rotation });
    const earlier = await findReplay(made, caller, idempotencyKey, requestDigest);
    if (earlier) return earlier;
    const row = await readRow(made.transaction, id);
    if (!row) return NO_SUCH_KEY;
    const refusal =
      (await refuseTouch(caller, made, row, ifMatch)) ?? (await refuseRotation(made, row, rotation));
    if (refusal) return refusal;
    const overlapSeconds = rotation.overlapSeconds ?? DEFAULT_OVERLAP_SECONDS;
    const terms = { replaces: id, overlapSeconds };
    const successor = buildSuccessor(row, rotation, made.now);
    return mintKey(context, made, caller, successor, {
      idempotencyKey,
      requestDigest,
      rotation: terms,
      scope: row.scope,
    });
  });

async function refuseRotation(
  { transaction, now }: Change,
  row: KeyRow,
  { digest }: Rotation,
): Promise<Refusal | undefined> {
  const status = statusOf(row, now);
  if (status === "expired" || status === "revoked") return notLive(row, status);
  if (status === "pending") {
    return {
      refused: "not-rotatable",
      detail: `The key ${row.id} is pending: nobody has used it yet. Activate it first.`,
    };
  }
  if (digest !== undefined && row.security_level === "advanced") {
    return {
      refused: "invalid-request",
      detail: "The store makes an advanced key's secret: send no digest.",
    };
  }
  const rows = await transaction.selectFrom("keys").selectAll().where("replaces", "=", row.id).execute();
  const successor = rows.find((one) => ["pending", "active"].includes(statusOf(one, now)));
  return (
    successor && {
      refused: "not-rotatable",
      detail: `The key ${successor.id} replaces it already; rotate or revoke that one.`,
    }
  );
}

function buildSuccessor(row: KeyRow, { digest, last4, expiresAt }: Rotation, now: Date): NewKey {
  const end = expiresAt === undefined ? sameLifetime(row, now) : expiresAt;
  return {
    name: row.name,
    description: row.description,
    ...(row.owner !== null && { owner: row.owner }),
    labels: JSON.parse(row.labels) as Record<string, string>,
    roles: parseRoles(row),
    securityLevel: row.security_level,
    ...(end !== null && { expiresAt: end }),
    ...(digest !== undefined && last4 !== undefined && { digest, last4 }),
  };
}

const sameLifetime = ({ lifetime_ms: lifetime }: KeyRow, now: Date): string | null =>
  lifetime === null ? null : new Date(Math.min(now.getTime() + lifetime, LATEST)).toISOString();
