import { type Kysely, sql } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import { MIGRATIONS, type Migration } from "./migrations/migration.ts";
import type { Tables } from "./tables.ts";
import { transact } from "./write.ts";

/**
 * Brings the database to the newest version, all steps in one transaction: after a crash it has either the old
 * shape or the new one. Throws STORE_UNUSABLE when a newer program made it.
 */
export async function migrate(
  database: Kysely<Tables>,
  appliedAt: Date,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const newest = Math.max(0, ...migrations.map((migration) => migration.version));
  await transact(database, async (transaction) => {
    await sql`create table if not exists schema_versions (version integer primary key, applied_at text not null)`.execute(
      transaction,
    );
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

async function readVersion(database: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{
    version: number | null;
  }>`select max(version) as version from schema_versions`.execute(database);
  return rows[0]?.version ?? 0;
}
