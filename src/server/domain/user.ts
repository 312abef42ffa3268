/** Users of the workspace. They come in by personal tokens, which may do what their user may at that instant. */

import type { Kysely, Selectable } from "kysely";
import { canonicalJson } from "../../core/digest.ts";
import type { RoleRef } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import type { UsersTable } from "../database/workspace-tables.ts";
import type { Caller } from "./caller.ts";
import { type Change, change } from "./change.ts";
import { refuseRoles } from "./create-key.ts";
import { createId } from "./key-names.ts";
import { parseRoles } from "./key.ts";
import { isAdministration, refuseLockOut } from "./last-administrator.ts";
import { type IfMatch, refuseStale } from "./precondition.ts";
import { type Refusal, isRefusal } from "./refusal.ts";
import { readRights, refuseAbove } from "./rights.ts";
import type { StoreContext } from "./store-context.ts";

export const USER_STATUSES = ["active", "disabled"] as const;

export type UserRow = Selectable<UsersTable>;

export interface UserContent {
  /** Any case; unique without regard to it. */
  readonly email: string;
  readonly name: string;
  readonly roles: readonly RoleRef[];
  /** A disabled user's tokens do not work. */
  readonly status: (typeof USER_STATUSES)[number];
}

export interface User extends UserContent {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

const NOT_FOUND: Refusal = { refused: "not-found", detail: "There is no such user." };
const OWN_RIGHTS: Refusal = {
  refused: "forbidden",
  detail: "A user cannot change their own roles or status, nor delete themselves.",
};

export interface UserPage {
  readonly users: readonly User[];
  /** The id to go on after; undefined at the end. */
  readonly next: string | undefined;
}

/** At most `limit` users after the id `after`, by id; with `email`, the one who has it. */
export async function listUsers(
  { database }: StoreContext,
  limit: number,
  after = "",
  email?: string,
): Promise<UserPage> {
  let query = database.selectFrom("users").selectAll().where("id", ">", after);
  if (email !== undefined) query = query.where("email", "=", normalizeEmail(email));
  const rows = await query
    .orderBy("id")
    .limit(limit + 1)
    .execute();
  const users = rows.slice(0, limit).map(buildUser);
  return { users, next: rows.length > limit ? users.at(-1)?.id : undefined };
}

export async function readUser(database: Kysely<Tables>, id: string): Promise<User | Refusal> {
  const row = await database.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst();
  return row ? buildUser(row) : NOT_FOUND;
}

export const createUser = (
  context: StoreContext,
  caller: Caller,
  content: Omit<UserContent, "status"> & Partial<UserContent>,
): Promise<User | Refusal> =>
  change(context, caller, async ({ transaction, now, record }) => {
    const id = createId("user", context.random, now);
    const at = now.toISOString();
    const user: User = { status: "active", ...content, id, createdAt: at, updatedAt: at, version: 1 };
    const row = buildRow(user);
    const refusal =
      (await refuseRoles(transaction, caller, user.roles)) ?? (await refuseEmail(transaction, row));
    if (refusal) return refusal;
    await transaction.insertInto("users").values(row).execute();
    record({ action: "CREATE", objectType: "USER", objectId: id, details: detailsOf(row) });
    return buildUser(row);
  });

/** What is left out stays. */
export const updateUser = (
  context: StoreContext,
  caller: Caller,
  id: string,
  patch: Partial<UserContent>,
  ifMatch?: IfMatch,
): Promise<User | Refusal> =>
  change(context, caller, async (made) => {
    const { transaction, now, record } = made;
    const user = await readUserAs(caller, transaction, id, ifMatch);
    if (isRefusal(user)) return user;
    const next = buildRow({ ...user, ...patch });
    if (canonicalJson(next) === canonicalJson(buildRow(user))) return user;
    const refusal = (await refuseRights(caller, made, user, next)) ?? (await refuseEmail(transaction, next));
    if (refusal) return refusal;
    const row = { ...next, updated_at: now.toISOString(), version: user.version + 1 };
    await transaction.updateTable("users").set(row).where("id", "=", id).execute();
    record({ action: "UPDATE", objectType: "USER", objectId: id, details: detailsOf(row) });
    return buildUser(row);
  });

/** Revokes the user's tokens and forgets the user; the audit log does not. Undefined when it is done. */
export const deleteUser = (
  context: StoreContext,
  caller: Caller,
  id: string,
  ifMatch?: IfMatch,
): Promise<Refusal | undefined> =>
  change(context, caller, async ({ transaction, now, record }) => {
    const user = await readUserAs(caller, transaction, id, ifMatch);
    if (isRefusal(user)) return user;
    if (caller.userId === id) return OWN_RIGHTS;
    const lockOut = await refuseLockOut(transaction, now, { user: id });
    if (lockOut) return lockOut;
    // The tokens' rows stay: nobody can register the same secret again.
    const revoked = await transaction
      .updateTable("personal_tokens")
      .set((eb) => ({ revoked_at: now.toISOString(), version: eb("version", "+", 1) }))
      .where("user_id", "=", id)
      .where("revoked_at", "is", null)
      .returning("id")
      .execute();
    for (const token of revoked) {
      record({ action: "REVOKE", objectType: "PERSONAL_API_KEY", objectId: token.id });
    }
    await transaction.deleteFrom("users").where("id", "=", id).execute();
    record({ action: "DELETE", objectType: "USER", objectId: id });
    return undefined;
  });

/** Nobody touches a user who may do what they may not. */
export async function readUserAs(
  caller: Caller,
  database: Kysely<Tables>,
  id: string,
  ifMatch?: IfMatch,
): Promise<User | Refusal> {
  const user = await readUser(database, id);
  if (isRefusal(user)) return user;
  const above = refuseAbove(caller, await readRights(database, user.roles), "The user has");
  return above ?? refuseStale(ifMatch, user.version) ?? user;
}

/** Unless the caller may give the user these roles and this status, and the store keeps an administrator. */
async function refuseRights(
  caller: Caller,
  { transaction, now }: Change,
  user: User,
  next: UserRow,
): Promise<Refusal | undefined> {
  const before = buildRow(user);
  if (next.roles === before.roles && next.status === before.status) return undefined;
  if (caller.userId === user.id) return OWN_RIGHTS;
  const roles = parseRoles(next);
  const refusal = await refuseRoles(transaction, caller, roles);
  if (refusal) return refusal;
  const remains = next.status === "active" && isAdministration(await readRights(transaction, roles));
  return remains ? undefined : refuseLockOut(transaction, now, { user: user.id });
}

async function refuseEmail(database: Kysely<Tables>, { id, email }: UserRow): Promise<Refusal | undefined> {
  const taken = await database
    .selectFrom("users")
    .select("id")
    .where("email", "=", email)
    .where("id", "!=", id)
    .executeTakeFirst();
  return taken && { refused: "email-taken", detail: "Another user has this e-mail address." };
}

const normalizeEmail = (email: string): string => email.normalize("NFC").toLowerCase();

const buildRow = (user: User): UserRow => ({
  id: user.id,
  email: normalizeEmail(user.email),
  name: user.name,
  roles: JSON.stringify(user.roles),
  status: user.status,
  created_at: user.createdAt,
  updated_at: user.updatedAt,
  version: user.version,
});

const buildUser = (row: UserRow): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  roles: parseRoles(row),
  status: row.status,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  version: row.version,
});

const detailsOf = ({ email, name, roles, status }: UserRow) => ({ email, name, roles, status });
