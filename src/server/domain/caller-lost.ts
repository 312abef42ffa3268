/**
 * A caller is let in when its headers have come; its body can take seconds. What has been taken from it meanwhile
 * must not be used: a change looks at its caller again, in its own transaction.
 */

import type { Transaction } from "kysely";
import type { Tables } from "../database/tables.ts";
import type { Actor } from "./audit.ts";
import type { Caller } from "./caller.ts";
import { readCredentialOf } from "./credential.ts";
import { statusOf } from "./key.ts";

/** Thrown out of the transaction; each API answers as its gate would have done. */
export class CallerLostError extends Error {
  readonly lost: "credential" | "permission";

  constructor(lost: "credential" | "permission") {
    super(`the caller has lost its ${lost} since it was let in`);
    this.lost = lost;
  }
}

/** Throws CallerLostError. The transaction must hold the writers' line (`write`). */
export async function checkCaller(
  transaction: Transaction<Tables>,
  actor: Actor | Caller,
  now: Date,
): Promise<void> {
  if (!("admittedAt" in actor) || actor.admittedAt === undefined) return;
  const { seq } = await transaction.selectFrom("change_head").select("seq").executeTakeFirstOrThrow();
  if (seq === actor.admittedAt) return;
  const credential = await readCredentialOf(transaction, actor);
  if (!credential || statusOf(credential.life, now) !== "active") throw new CallerLostError("credential");
  const hasAll = [...actor.permissions].every((permission) => credential.permissions.has(permission));
  if (!hasAll) throw new CallerLostError("permission");
}
