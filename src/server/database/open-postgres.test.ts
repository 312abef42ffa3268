import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KeywrightError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import { type BrokenLine, openBrokenLine } from "./broken-line.fixture.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/migration.ts";
import { openPostgres } from "./open-postgres.ts";
import { createSelfSigned } from "./self-signed.fixture.ts";
import { type TestPostgres, startPostgres } from "./start-postgres.fixture.ts";
import type { Tables } from "./tables.ts";
import { type TestDatabase, createTestDatabase, POSTGRES_ONLY } from "./test-database.fixture.ts";
import { write } from "./write.ts";

const NOW = new Date("2026-11-21T08:00:00Z");
const SHORT = { connections: 4, connectTimeoutMs: 1500, statementTimeoutMs: 500, answerTimeoutMs: 1000 };

let database: TestDatabase;
let url: Secret;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
  url = database.options.databaseUrl ?? Secret.of("");
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await database.drop();
});

async function open(at = url, limits?: typeof SHORT): Promise<Kysely<Tables>> {
  const { tables } = await openPostgres(at, limits);
  closing.push(() => tables.destroy());
  return tables;
}

async function openMigrated(at = url): Promise<Kysely<Tables>> {
  const tables = await open(at);
  await migrate(tables, NOW);
  return tables;
}

async function openLine(): Promise<BrokenLine> {
  const line = await openBrokenLine(url);
  closing.push(() => line.close());
  return line;
}

const changed = (part: (url: URL) => void): Secret => {
  const other = new URL(url.reveal());
  part(other);
  return Secret.of(other.href);
};

async function refusal(promise: Promise<unknown>): Promise<KeywrightError> {
  const error: unknown = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (error instanceof KeywrightError) return error;
  throw error;
}

const NOTHING = (): void => undefined;

/** A change that has its turn and does not end before it is told. */
async function takeTurn(tables: Kysely<Tables>): Promise<{ end(): Promise<void> }> {
  let finish = NOTHING;
  const told = new Promise<void>((resolve) => (finish = resolve));
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((begun) => {
    ended = write(tables, () => {
      begun();
      return told;
    });
  });
  return {
    end: () => {
      finish();
      return ended;
    },
  };
}

const addRole = (tables: Kysely<Tables>, tag: string) =>
  tables
    .insertInto("roles")
    .values({
      tag,
      display_name: tag,
      description: "",
      permissions: "[]",
      instance: null,
      created_by: null,
      created_at: NOW.toISOString(),
      updated_at: NOW.toISOString(),
      version: 1,
    })
    .execute();

const readTags = async (tables: Kysely<Tables>): Promise<readonly string[]> =>
  (await tables.selectFrom("roles").select("tag").orderBy("tag").execute()).map(({ tag }) => tag);

test("what cannot be opened is said at the start, without the password", POSTGRES_ONLY, async () => {
  const password = new URL(url.reveal()).password;
  const attempts = [
    [changed((other) => (other.password = `${password}x`)), "password authentication failed"],
    [changed((other) => (other.pathname = "/nothing")), 'database "nothing" does not exist'],
    [changed((other) => (other.port = "1")), "ECONNREFUSED"],
    [
      changed((other) => other.searchParams.set("options", "-cdefault_transaction_read_only=on")),
      "a standby",
    ],
    [changed((other) => other.searchParams.set("sslmode", "require")), "does not support SSL"],
  ] as const;
  for (const [at, reason] of attempts) {
    const error = await refusal(openPostgres(at));
    expect([error.code, error.message]).toEqual(["STORE_UNUSABLE", expect.stringContaining(reason)]);
    expect(inspect(error, { depth: 10 })).not.toContain(password);
  }
});

test("sequence numbers and counts are numbers, as in SQLite", POSTGRES_ONLY, async () => {
  const tables = await openMigrated();
  const head = await tables.selectFrom("change_head").select("seq").executeTakeFirstOrThrow();
  const { count } = await tables
    .selectFrom("keys")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  expect([head.seq, count]).toEqual([0, 0]);
});

test("a commit is durable even where the server would not wait for its disk", POSTGRES_ONLY, async () => {
  const tables = await open();
  const { rows } = await sql`select current_setting('synchronous_commit') as mode, reset_val
    from pg_settings where name = 'synchronous_commit'`.execute(tables);
  expect(rows).toEqual([{ mode: "on", reset_val: "off" }]);
});

test("text sorts by code point, also in a database with the order of a language", POSTGRES_ONLY, async () => {
  const admin = await open();
  await sql`create database in_english template template0 locale_provider icu icu_locale 'en-US'`.execute(
    admin,
  );
  const tables = await openMigrated(
    changed((other) => {
      other.pathname = "/in_english";
      other.search = "";
    }),
  );
  const tags = ["a", "B", "b", "Z", "_", "a-b", "ab", "ä"];
  for (const tag of tags) await addRole(tables, tag);
  const { rows } = await sql`select tag from roles order by tag collate "en-x-icu"`.execute(tables);
  expect(rows[0]).toEqual({ tag: "_" });
  expect(await readTags(tables)).toEqual(tags.toSorted());
  const after = await tables
    .selectFrom("roles")
    .select("tag")
    .where("tag", ">", "a")
    .orderBy("tag")
    .execute();
  expect(after.map(({ tag }) => tag)).toEqual(["a-b", "ab", "b", "ä"]);
  await tables.destroy();
  await sql`drop database in_english with (force)`.execute(admin);
});

test("a database that cannot hold every character is refused", POSTGRES_ONLY, async () => {
  const admin = await open();
  await sql`create database in_latin template template0 encoding 'LATIN1' locale 'C'`.execute(admin);
  const error = await refusal(openPostgres(changed((other) => (other.pathname = "/in_latin"))));
  expect([error.code, error.message]).toEqual([
    "STORE_UNUSABLE",
    expect.stringContaining("LATIN1 and not UTF8"),
  ]);
  await sql`drop database in_latin with (force)`.execute(admin);
});

test("every column of text has the order of code points", POSTGRES_ONLY, async () => {
  const tables = await openMigrated();
  const { rows } = await sql`select table_name, column_name from information_schema.columns
    where table_schema = current_schema() and data_type = 'text' and collation_name is distinct from 'C'
    and table_name <> 'schema_versions'`.execute(tables);
  expect(rows).toEqual([]);
});

test(
  "a connection that is lost in a change is STORE_UNREACHABLE, and the next change has another",
  POSTGRES_ONLY,
  async () => {
    const tables = await openMigrated();
    const error = await refusal(
      write(tables, async (transaction) => {
        await addRole(transaction, "lost");
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction);
      }),
    );
    expect([error.code, error.message]).toEqual([
      "STORE_UNREACHABLE",
      "The connection to the store's database was lost.",
    ]);
    await write(tables, (transaction) => addRole(transaction, "kept"));
    expect(await readTags(tables)).toEqual(["kept"]);
  },
);

test(
  "a connection that ends between two statements of a change ends nothing else",
  POSTGRES_ONLY,
  async () => {
    const tables = await openMigrated();
    const other = await open();
    const error = await refusal(
      write(tables, async (transaction) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
        await sql`select pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(other);
        // Until its end has been heard of here.
        for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        await addRole(transaction, "lost");
      }),
    );
    expect(error.code).toBe("STORE_UNREACHABLE");
    expect(await readTags(tables)).toEqual([]);
  },
);

test.each([
  ["before", []],
  ["after", ["once"]],
] as const)(
  "a commit whose line is cut %s it was heard is not made again",
  POSTGRES_ONLY,
  async (moment, expected) => {
    const line = await openLine();
    const tables = await openMigrated(line.url);
    line.cut("commit\0", moment);
    let runs = 0;
    const error = await refusal(
      write(tables, async (transaction) => {
        runs += 1;
        await addRole(transaction, "once");
      }),
    );
    expect([error.code, error.message]).toEqual([
      "STORE_UNREACHABLE",
      "The connection to the database was lost while a change was saved: it may have been made.",
    ]);
    expect(runs).toBe(1);
    expect(await readTags(await open())).toEqual(expected);
  },
);

test(
  "a change that PostgreSQL cannot serialize is made again, also when it says so at the commit",
  POSTGRES_ONLY,
  async () => {
    const tables = await openMigrated();
    await sql`create sequence attempts`.execute(tables);
    await sql`create function refuse() returns trigger language plpgsql as $$ begin
    if nextval('attempts') < 3 then raise exception 'try again' using errcode = '40001'; end if;
    return null; end $$`.execute(tables);
    await sql`create constraint trigger refuse after insert on roles
    deferrable initially deferred for each row execute function refuse()`.execute(tables);
    let runs = 0;
    await write(tables, async (transaction) => {
      runs += 1;
      await addRole(transaction, "once");
    });
    expect([runs, await readTags(tables)]).toEqual([3, ["once"]]);
  },
);

test("a change in which a statement failed is never reported as made", POSTGRES_ONLY, async () => {
  const tables = await openMigrated();
  const swallowing = write(tables, async (transaction) => {
    await addRole(transaction, "twice");
    await addRole(transaction, "twice").catch(() => undefined);
  });
  await expect(swallowing).rejects.toThrow("a failed transaction was committed");
  expect(await readTags(tables)).toEqual([]);
});

test(
  "a change that waits too long behind another process gives up, and works again later",
  POSTGRES_ONLY,
  async () => {
    const other = await openMigrated();
    const tables = await open(url, SHORT);
    const turn = await takeTurn(other);
    const error = await refusal(write(tables, (transaction) => addRole(transaction, "late")));
    expect([error.code, error.message]).toEqual([
      "STORE_UNREACHABLE",
      "The store's database cannot do this now.",
    ]);
    await turn.end();
    await write(tables, (transaction) => addRole(transaction, "later"));
    expect(await readTags(tables)).toEqual(["later"]);
  },
);

test("who stops in the middle of a change does not stop the others for good", POSTGRES_ONLY, async () => {
  const other = await openMigrated();
  const stopped = await open(url, SHORT);
  const turn = await takeTurn(stopped);
  await write(other, (transaction) => addRole(transaction, "through"));
  expect((await refusal(turn.end())).code).toBe("STORE_UNREACHABLE");
});

test("a connection on which nothing comes any more is given up for a new one", POSTGRES_ONLY, async () => {
  const line = await openLine();
  await openMigrated();
  const tables = await open(line.url, SHORT);
  void line.hold();
  const error = await refusal(readTags(tables));
  expect([error.code, error.message]).toEqual([
    "STORE_UNREACHABLE",
    "The connection to the store's database was lost.",
  ]);
  expect(await readTags(tables)).toEqual([]);
});

test("many changes that wait leave connections for readers", POSTGRES_ONLY, async () => {
  const tables = await openMigrated();
  const turn = await takeTurn(tables);
  const waiting = Array.from({ length: 30 }, (_, number) =>
    write(tables, (transaction) => addRole(transaction, `role-${number}`)),
  );
  expect(await readTags(tables)).toEqual([]);
  await turn.end();
  await Promise.all(waiting);
  expect(await readTags(tables)).toHaveLength(30);
});

test(
  "of many processes that open an empty database at once all find it complete",
  POSTGRES_ONLY,
  async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => open()));
    await Promise.all(all.map((tables) => migrate(tables, NOW)));
    const { rows } = await sql`select version from schema_versions order by version`.execute(
      all[0] ?? (await open()),
    );
    expect(rows).toEqual([{ version: 1 }, { version: 2 }]);
  },
);

test(
  "of many processes that open an older database at once one brings it up to date",
  POSTGRES_ONLY,
  async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => open()));
    const [first = await open()] = all;
    await migrate(first, NOW, MIGRATIONS.slice(0, 1));
    await Promise.all(all.map((tables) => migrate(tables, NOW)));
    const { rows } = await sql`select version from schema_versions order by version`.execute(first);
    expect(rows).toEqual([{ version: 1 }, { version: 2 }]);
  },
);

test(
  "a change sees what was committed while it waited, whatever the server's default is",
  POSTGRES_ONLY,
  async () => {
    const strict = changed(({ searchParams }) => {
      const options = searchParams.get("options") ?? "";
      searchParams.set("options", `${options} -cdefault_transaction_isolation=serializable`);
    });
    const tables = await openMigrated(strict);
    const { rows } = await write(tables, (transaction) =>
      sql`select current_setting('transaction_isolation') as level`.execute(transaction),
    );
    expect(rows).toEqual([{ level: "read committed" }]);
  },
);

test(
  "TLS: a server is let in only with a certificate that the URL's CA has signed for its name",
  POSTGRES_ONLY,
  async () => {
    const { key, certificate } = createSelfSigned("localhost");
    const files = { "server.key": key, "server.crt": certificate };
    const server: TestPostgres = await startPostgres({ settings: ["ssl=on"], files });
    closing.push(() => server.stop());
    const directory = await mkdtemp(join(tmpdir(), "keywright-tls-"));
    closing.push(() => rm(directory, { recursive: true }));
    const ca = join(directory, "ca.pem");
    await writeFile(ca, certificate);
    const at = (host: string, query: string): Secret =>
      Secret.of(`${server.url.replace("127.0.0.1", host)}?sslmode=verify-full${query}`);
    const tables = await open(at("localhost", `&sslrootcert=${ca}`));
    const { rows } = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(tables);
    expect(rows).toEqual([{ ssl: true }]);
    const strange = await refusal(openPostgres(at("localhost", "")));
    expect([strange.code, strange.hint]).toEqual(["STORE_UNUSABLE", expect.stringContaining("sslrootcert")]);
    const misnamed = await refusal(openPostgres(at("127.0.0.1", `&sslrootcert=${ca}`)));
    expect([misnamed.code, misnamed.message]).toEqual([
      "STORE_UNUSABLE",
      expect.stringContaining("127.0.0.1"),
    ]);
  },
);

test("after a crash of PostgreSQL the same connections come back by themselves", POSTGRES_ONLY, async () => {
  const server = await startPostgres();
  closing.push(() => server.stop());
  const tables = await openMigrated(Secret.of(server.url));
  await write(tables, (transaction) => addRole(transaction, "kept"));
  await server.kill();
  const writing = async () => write(tables, (transaction) => addRole(transaction, "lost"));
  for (const attempt of [() => readTags(tables), writing]) {
    expect((await refusal(attempt())).code).toBe("STORE_UNREACHABLE");
  }
  await server.restart();
  expect(await readTags(tables)).toEqual(["kept"]);
});
