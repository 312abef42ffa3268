/**
 * Secrets of the workspace (seed 001): a tag, a name, and a value that is sealed in the database and never given out
 * again. Every read is audited, although it shows no value (security check A13).
 */

import type { Kysely, Selectable } from "kysely";
import type { Secret } from "../../core/secret.ts";
import type { Tables } from "../database/tables.ts";
import type { SecretsTable } from "../database/workspace-tables.ts";
import { seal } from "../key-material/envelope.ts";
import type { Actor } from "./audit.ts";
import { type Change, change } from "./change.ts";
import { createId } from "./key-names.ts";
import { type IfMatch, type Version, refuseStale } from "./precondition.ts";
import type { Refusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";

/** What is shown of a secret. */
export interface StoredSecret {
  readonly id: string;
  readonly tag: string;
  readonly name: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

export interface NewSecret {
  /** As `SECRET_TAG` says; unique, and never changed. */
  readonly tag: string;
  readonly name: string;
  readonly value: Secret;
}

/** What is left out stays. */
export interface SecretPatch {
  readonly name?: string;
  readonly value?: Secret;
}

/** By number, or after an id; both by id, that is by creation. */
export type SecretPageRequest =
  | { readonly limit: number; readonly offset: number }
  | { readonly limit: number; readonly after: string | undefined };

export interface SecretPage {
  readonly secrets: readonly StoredSecret[];
  /** How many there are in all. */
  readonly total: number;
  /** The id to go on after; undefined at the end. */
  readonly next: string | undefined;
}

/**
 * Letters, digits, `_`, `-` and `.`, at most 100, beginning with a letter, a digit or `_`; not in the form of an id,
 * so that a tag never names another secret. A pattern for JSON Schema and RegExp.
 */
export const SECRET_TAG = "^(?!secret_[0-9a-f]{24}$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$";

const ID = /^secret_[0-9a-f]{24}$/;
const NOT_FOUND: Refusal = { refused: "not-found", detail: "There is no such secret." };

/** A tag can be free and taken again: the id tells such secrets apart. */
export const secretVersion = ({ id, version }: Pick<StoredSecret, "id" | "version">): Version =>
  `${id}.${version}`;

/** One page; each is one entry in the audit log. */
export const listSecrets = (
  context: StoreContext,
  actor: Actor,
  page: SecretPageRequest,
): Promise<SecretPage> =>
  change(context, actor, async ({ transaction, record }) => {
    const { limit } = page;
    const rows = await transaction
      .selectFrom("secrets")
      .selectAll()
      .where("id", ">", ("after" in page ? page.after : undefined) ?? "")
      .orderBy("id")
      .limit(limit + 1)
      .offset("offset" in page ? page.offset : 0)
      .execute();
    const { total } = await transaction
      .selectFrom("secrets")
      .select((eb) => eb.fn.countAll<number | string>().as("total"))
      .executeTakeFirstOrThrow();
    const secrets = rows.slice(0, limit).map(buildSecret);
    record({ action: "READ", objectType: "SECRET", objectId: "list", details: { count: secrets.length } });
    return { secrets, total: Number(total), next: rows.length > limit ? secrets.at(-1)?.id : undefined };
  });

export const readSecret = (
  context: StoreContext,
  actor: Actor,
  tagOrId: string,
): Promise<StoredSecret | Refusal> =>
  change(context, actor, async ({ transaction, record }) => {
    const row = await readRow(transaction, tagOrId);
    if (!row) return NOT_FOUND;
    record({ action: "READ", objectType: "SECRET", objectId: row.id, details: { tag: row.tag } });
    return buildSecret(row);
  });

/** Refused with `tag-taken` when there is one with its tag. */
export const createSecret = (
  context: StoreContext,
  actor: Actor,
  { tag, name, value }: NewSecret,
): Promise<StoredSecret | Refusal> =>
  change(context, actor, async ({ transaction, now, record }) => {
    if (await readRow(transaction, tag)) {
      return { refused: "tag-taken", detail: `There is a secret with the tag ${tag} already.` };
    }
    const { random } = context;
    const { kek } = await context.keyMaterial.current(transaction);
    const id = createId("secret", random, now);
    const row = {
      id,
      tag,
      name,
      sealed_value: seal(kek, random, id, value),
      created_at: now.toISOString(),
      updated_at: now.toISOString(),
      version: 1,
    };
    await transaction.insertInto("secrets").values(row).execute();
    record({ action: "CREATE", objectType: "SECRET", objectId: id, details: { tag, name } });
    return buildSecret(row);
  });

export const updateSecret = (
  context: StoreContext,
  actor: Actor,
  tagOrId: string,
  { name, value }: SecretPatch,
  ifMatch?: IfMatch,
): Promise<StoredSecret | Refusal> =>
  changeRow(context, actor, tagOrId, ifMatch, async ({ transaction, now, record }, row) => {
    const { kek } = await context.keyMaterial.current(transaction);
    const changes = {
      ...(name !== undefined && { name }),
      ...(value && { sealed_value: seal(kek, context.random, row.id, value) }),
      updated_at: now.toISOString(),
      version: row.version + 1,
    };
    await transaction.updateTable("secrets").set(changes).where("id", "=", row.id).execute();
    const details = { tag: row.tag, ...(name !== undefined && { name }), hasNewValue: value !== undefined };
    record({ action: "UPDATE", objectType: "SECRET", objectId: row.id, details });
    return buildSecret({ ...row, ...changes });
  });

/** The row goes; gives what it was. */
export const deleteSecret = (
  context: StoreContext,
  actor: Actor,
  tagOrId: string,
  ifMatch?: IfMatch,
): Promise<StoredSecret | Refusal> =>
  changeRow(context, actor, tagOrId, ifMatch, async ({ transaction, record }, row) => {
    await transaction.deleteFrom("secrets").where("id", "=", row.id).execute();
    record({ action: "DELETE", objectType: "SECRET", objectId: row.id, details: { tag: row.tag } });
    return buildSecret(row);
  });

type SecretRow = Selectable<SecretsTable>;

const changeRow = (
  context: StoreContext,
  actor: Actor,
  tagOrId: string,
  ifMatch: IfMatch | undefined,
  work: (made: Change, row: SecretRow) => Promise<StoredSecret>,
): Promise<StoredSecret | Refusal> =>
  change(context, actor, async (made) => {
    const row = await readRow(made.transaction, tagOrId);
    return row ? (refuseStale(ifMatch, secretVersion(row)) ?? work(made, row)) : NOT_FOUND;
  });

const readRow = (database: Kysely<Tables>, tagOrId: string): Promise<SecretRow | undefined> =>
  database
    .selectFrom("secrets")
    .selectAll()
    .where(ID.test(tagOrId) ? "id" : "tag", "=", tagOrId)
    .executeTakeFirst();

const buildSecret = (row: Omit<SecretRow, "sealed_value">): StoredSecret => ({
  id: row.id,
  tag: row.tag,
  name: row.name,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  version: row.version,
});
