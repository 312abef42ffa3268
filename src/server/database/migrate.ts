import { type Kysely, type Transaction, sql } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import { engineOf } from "./engine.ts";
import { MIGRATIONS, type Migration } from "./migrations/migration.ts";
import { codeOf } from "../../postgres/postgres-fault.ts";
import type { Tables } from "./tables.ts";
import { transact } from "./write.ts";

/** Another process makes the same table: unique violation in the catalogue, duplicate table, duplicate object. */
const MADE_MEANWHILE = new Set(["23505", "42P07", "42710"]);
const ATTEMPTS = 20;

/**
 * Brings the database to the newest version, all steps in one transaction: after a crash it has either the old
 * shape or the new one. Of several processes at once one does it, and the others wait for it. Throws STORE_UNUSABLE
 * when a newer program made it.
 */
export async function migrate(
  database: Kysely<Tables>,
  appliedAt: Date,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const newest = Math.max(0, ...migrations.map((migration) => migration.version));
  await untilUndisturbed(database, async (transaction) => {
    await lockVersions(transaction);
    const present = await readVersion(transaction);
    if (present > newest) {
      throw new KeywrightError(
        "STORE_UNUSABLE",
        `The store's database has version ${present}; this Keywright knows versions up to ${newest}.`,
        { hint: "Use the Keywright release that last opened this store, or a newer one." },
      );
    }
    for (const { version, up } of migrations.filter((migration) => migration.version > present)) {
      await up(transaction as unknown as Kysely<unknown>);
      await sql`insert into schema_versions (version, applied_at) values (${version}, ${appliedAt.toISOString()})`.execute(
        transaction,
      );
    }
  });
}

/** PostgreSQL makes the second of two that make a table wait for the first, and then fail. */
async function untilUndisturbed(
  database: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transact(database, work);
    } catch (error) {
      const code = error instanceof Error && codeOf(error);
      if (attempt === ATTEMPTS || !MADE_MEANWHILE.has(code || "")) throw error;
    }
  }
}

async function lockVersions(transaction: Transaction<Tables>): Promise<void> {
  await sql`create table if not exists schema_versions (version integer primary key, applied_at text not null)`.execute(
    transaction,
  );
  if (engineOf(transaction) === "postgres") {
    await sql`select version from schema_versions for update`.execute(transaction);
  }
}

/** In a statement of its own: it sees what was committed while `lockVersions` waited. */
export async function readVersion(database: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{
    version: number | null;
  }>`select max(version) as version from schema_versions`.execute(database);
  return rows[0]?.version ?? 0;
}
