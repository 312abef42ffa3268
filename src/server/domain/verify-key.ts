/** Tells whether a text is a valid key; the first use of a PENDING key activates it. */

import { isKeyText, keyDigest } from "../../core/key-format.ts";
import type { RoleRef } from "../../core/role-ref.ts";
import { Secret } from "../../core/secret.ts";
import { write } from "../database/write.ts";
import { pepperedDigests } from "../key-material/pepper.ts";
import { activateByUse } from "./change-key.ts";
import { type KeyRow, parseRoles, statusOf } from "./key.ts";
import { isRefusal } from "./refusal.ts";
import { readRights } from "./rights.ts";
import type { StoreContext } from "./store-context.ts";

export const INVALID_REASONS = ["malformed", "unknown", "expired", "revoked"] as const;
export type InvalidReason = (typeof INVALID_REASONS)[number];

export interface ValidKey {
  readonly valid: true;
  readonly id: string;
  readonly name: string;
  readonly roles: readonly RoleRef[];
  readonly permissions: ReadonlySet<string>;
  readonly expiresAt: string | null;
}

export interface InvalidKey {
  readonly valid: false;
  readonly reason: InvalidReason;
}

/** Text without a key's checksum is refused before any look-up. */
export async function verifyKey(context: StoreContext, text: string): Promise<ValidKey | InvalidKey> {
  if (!isKeyText(text)) return invalid("malformed");
  const digests = pepperedDigests(context.pepper, keyDigest(Secret.of(text)));
  const row = await context.database
    .selectFrom("keys")
    .selectAll()
    .where("digest", "in", [...digests])
    .executeTakeFirst();
  if (!row) return invalid("unknown");
  const status = await useKey(context, row);
  if (status !== "active") return invalid(status);
  return {
    valid: true,
    id: row.id,
    name: row.name,
    expiresAt: row.expires_at,
    ...(await rightsOf(context, row)),
  };
}

const invalid = (reason: InvalidReason): InvalidKey => ({ valid: false, reason });

async function useKey(context: StoreContext, row: KeyRow): Promise<"active" | "expired" | "revoked"> {
  const status = statusOf(row, context.clock.now());
  if (status !== "pending") return status;
  const activated = await activateByUse(context, row.id);
  if (!isRefusal(activated)) return "active";
  // Its time ran out, or somebody revoked it, between the look-up and now.
  return statusOf(await readAgain(context, row), context.clock.now()) === "expired" ? "expired" : "revoked";
}

const readAgain = (context: StoreContext, row: KeyRow): Promise<KeyRow> =>
  write(context.database, (transaction) =>
    transaction.selectFrom("keys").selectAll().where("id", "=", row.id).executeTakeFirstOrThrow(),
  );

async function rightsOf(
  context: StoreContext,
  row: KeyRow,
): Promise<Pick<ValidKey, "roles" | "permissions">> {
  const roles = parseRoles(row);
  return { roles, permissions: await readRights(context.database, roles) };
}
