/** What can go wrong between the ledger and its database: nothing acknowledged is lost, nothing is written twice. */

import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findSecrets } from "../../test/canary.fixture.ts";
import type { KeywrightError } from "../core/error.ts";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { StoredLedger } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { type BrokenLine, openBrokenLine } from "../server/database/broken-line.fixture.ts";
import { startPostgres } from "../server/database/start-postgres.fixture.ts";
import { LIMITS, openConnection } from "./postgres-connection.ts";
import {
  type OpenOptions,
  type PostgresPlace,
  clock,
  createPostgresPlace,
  random,
} from "./postgres-ledger.fixture.ts";
import { openPostgresLedger } from "./postgres-ledger.ts";

const RECORD = { retiring: [], protected: false };
const SHORT = { ...LIMITS, statementTimeoutMs: 300, answerTimeoutMs: 600, patienceMs: 900 };

let place: PostgresPlace;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  place = await createPostgresPlace();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await place.drop();
});

async function open(options?: OpenOptions): Promise<StoredLedger> {
  const ledger = await place.open(options);
  closing.push(() => ledger.close());
  return ledger;
}

async function openLine(): Promise<BrokenLine> {
  const line = await openBrokenLine(place.url);
  closing.push(() => line.close());
  return line;
}

const changed = (part: (url: URL) => void): Secret => {
  const other = new URL(place.url.reveal());
  part(other);
  return Secret.of(other.href);
};

const anEvent = (name: string): EffectIntent => ({
  type: "intent",
  run: "run-1",
  at: "2026-11-21T08:15:00.000Z",
  effect: "create-key",
  kind: "ApiKey",
  name,
});

async function namesOf(ledger: StoredLedger): Promise<string[]> {
  const names: string[] = [];
  for await (const event of ledger.events()) names.push((event as EffectIntent).name);
  return names;
}

const faultOf = async (work: Promise<unknown>): Promise<KeywrightError> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as KeywrightError,
  );

/** A user of this test's own. */
async function createRole(kind: "superuser" | "nosuperuser"): Promise<Role> {
  const [row] = await place.query<{ schema: string }>("select current_schema() as schema");
  const { schema = "" } = row ?? {};
  const name = `role_${schema}`;
  await place.query(`create role ${name} ${kind} login password 'own'`);
  closing.unshift(async () => {
    await place.query(`drop owned by ${name}`);
    await place.query(`drop role ${name}`);
  });
  return { name, schema, url: changed((url) => Object.assign(url, { username: name, password: "own" })) };
}

interface Role {
  readonly name: string;
  readonly schema: string;
  readonly url: Secret;
}

/** Something that PostgreSQL does at every commit of new lines. */
async function atCommit(body: string): Promise<void> {
  await place.query("create sequence attempts");
  await place.query(
    `create function harm() returns trigger language plpgsql as $$ begin ${body} return null; end $$`,
  );
  await place.query(`create constraint trigger harm after insert on keywright_ledger_lines
    deferrable initially deferred for each row execute function harm()`);
}

const CUTS = [
  ["before", 1],
  ["after", 1],
  ["after", 2],
  ["after", 3],
] as const;

for (const [moment, times] of CUTS) {
  test(`a commit whose line is cut ${moment} it was heard, ${times} times, is looked for, and is there once`, async () => {
    const line = await openLine();
    const ledger = await open({ url: line.url });
    await ledger.append(anEvent("first"));
    line.cut("commit\0", moment, times);
    const [granted, refused] = await Promise.all([
      ledger.claim("scanner", 0, RECORD, [anEvent("with the claim")]),
      faultOf(ledger.claim("scanner", 0, RECORD, [anEvent("refused")])),
      ledger.append(anEvent("beside it")),
    ]);
    expect(granted?.version).toBe(1);
    expect(refused.code).toBe("LEDGER_CONFLICT");
    expect(await namesOf(await open())).toEqual(["first", "with the claim", "beside it"]);
    expect((await (await open()).verify()).lines).toBe(5);
  });

  test(`a lease whose commit is cut ${moment} it was heard, ${times} times, is given once`, async () => {
    const line = await openLine();
    const ledger = await open({ url: line.url });
    await ledger.append(anEvent("first"));
    line.cut("commit\0", moment, times);
    const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
    expect(lease.fence).toBe(3);
    expect(await place.readLines()).toHaveLength(3);
    line.cut("commit\0", moment, times);
    await lease.release();
    await (await open()).lease({ run: "run-2", description: "you" }, 0);
  });
}

test("a session that the server ends at the commit: the write is made by the next one", async () => {
  const ledger = await open();
  await ledger.append(anEvent("first"));
  await atCommit("if nextval('attempts') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;");
  await ledger.append(anEvent("second"));
  expect(await namesOf(await open())).toEqual(["first", "second"]);
});

const WRONG = { "an unknown column": "42703", "a refused right": "42501", "a bug": "P0001" };

for (const [what, code] of Object.entries(WRONG)) {
  test(`${what} is told at once, also when a connection was lost before`, async () => {
    const connection = openConnection(place.url, SHORT);
    closing.push(() => connection.close());
    const raise = `do $$ begin raise exception using errcode = '${code}', message = 'it is wrong'; end $$`;
    let tries = 0;
    const work = connection.persist(() =>
      connection.transact(async (client) => {
        tries += 1;
        await client.query(tries === 1 ? "select pg_terminate_backend(pg_backend_pid())" : raise);
      }),
    );
    expect((await faultOf(work)).code).toBe("LEDGER_UNUSABLE");
    expect(tries).toBe(2);
  });
}

test("while the outcome of a commit cannot be found out, it is not made again, and the caller hears so", async () => {
  const line = await openLine();
  const ledger = await open({ url: line.url, limits: SHORT });
  await ledger.append(anEvent("first"));
  line.cut("commit\0", "after");
  ledger.note(anEvent("noted"));
  const fault = await faultOf(ledger.append(anEvent("second")));
  expect([fault.code, fault.message]).toEqual([
    "LEDGER_UNUSABLE",
    expect.stringContaining("it may have been made"),
  ]);
  line.mend();
  expect(await namesOf(ledger)).toEqual(["first", "noted", "second"]);
  await ledger.append(anEvent("third"));
  expect(await namesOf(await open())).toEqual(["first", "noted", "second", "third"]);
});

test("a write that PostgreSQL cannot serialize is made again, and a deadlock as well", async () => {
  const ledger = await open();
  await ledger.append(anEvent("first"));
  await atCommit(`case nextval('attempts')
    when 1 then raise exception 'again' using errcode = '40001';
    when 2 then raise exception 'again' using errcode = '40P01';
    else null; end case;`);
  ledger.note(anEvent("noted"));
  await ledger.claim("scanner", 0, RECORD, [anEvent("second")]);
  expect(await namesOf(await open())).toEqual(["first", "noted", "second"]);
});

test("connections that ended while nobody looked are replaced without a word", async () => {
  const role = await createRole("superuser");
  const ledger = await open({ url: role.url });
  await ledger.append(anEvent("first"));
  await Promise.all([ledger.records(), namesOf(ledger), ledger.append(anEvent("second"))]);
  const ended = await place.query(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1",
    [role.name],
  );
  expect(ended.length).toBeGreaterThan(1);
  await ledger.append(anEvent("third"));
  expect(await namesOf(ledger)).toEqual(["first", "second", "third"]);
});

test("who stands in the middle of a write is waited for only so long, and what waits is not lost", async () => {
  const ledger = await open({ limits: SHORT });
  await ledger.append(anEvent("first"));
  await place.query("begin");
  await place.query("select 1 from keywright_ledger_heads for update");
  const fault = await faultOf(ledger.append(anEvent("second")));
  expect([fault.code, fault.message, fault.hint]).toEqual([
    "LEDGER_UNUSABLE",
    expect.stringContaining("another writer is in the way"),
    expect.stringContaining("holds a lock"),
  ]);
  expect(await namesOf(ledger)).toEqual(["first"]);
  await place.query("rollback");
  await ledger.append(anEvent("third"));
  expect(await namesOf(ledger)).toEqual(["first", "third"]);
});

test("a line on which nothing comes any more is given up for a new one", async () => {
  const line = await openLine();
  const ledger = await open({ url: line.url, limits: { ...SHORT, patienceMs: 20_000 } });
  await ledger.append(anEvent("first"));
  void line.hold();
  await ledger.append(anEvent("second"));
  expect(await namesOf(await open())).toEqual(["first", "second"]);
});

test("a full disk refuses the write, and goes on when there is room", async () => {
  const ledger = await open();
  await ledger.append(anEvent("first"));
  await atCommit("raise exception 'could not extend file' using errcode = 'disk_full';");
  ledger.note(anEvent("noted"));
  const fault = await faultOf(ledger.append(anEvent("second")));
  expect([fault.code, fault.hint]).toEqual(["LEDGER_UNUSABLE", expect.stringContaining("free some space")]);
  await place.query("drop trigger harm on keywright_ledger_lines");
  await ledger.append(anEvent("third"));
  expect(await namesOf(ledger)).toEqual(["first", "noted", "third"]);
});

test("after a crash of PostgreSQL all that was acknowledged is there, and the same opening goes on", async () => {
  const server = await startPostgres();
  closing.push(() => server.stop());
  const readUrl = () => Promise.resolve(Secret.of(server.url));
  const ledger = await openPostgresLedger(
    { instance: "acme-prod", clock, random, readUrl },
    { limits: SHORT },
  );
  closing.push(() => ledger.close());
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  await ledger.append(anEvent("first"));
  await server.kill();
  for (const work of [() => ledger.append(anEvent("lost")), () => ledger.records()]) {
    expect((await faultOf(work())).code).toBe("LEDGER_UNUSABLE");
  }
  await server.restart();
  await ledger.append(anEvent("second"));
  expect(await namesOf(ledger)).toEqual(["first", "second"]);
  expect(lease.lost.aborted).toBe(false);
});

// ── Ways not to be let in ────────────────────────────────────────────────────────────────────────────────

test("S5: what keeps the ledger from its database is told with what to do, and never the password", async () => {
  const { password } = new URL(place.url.reveal());
  const wrong = `Wr0ng${password.slice(5)}`;
  const attempts: readonly (readonly [Secret, string, string])[] = [
    [changed((url) => (url.password = wrong)), "password authentication failed", "user and password"],
    [changed((url) => (url.pathname = "/nothing")), 'database "nothing" does not exist', "create database"],
    [changed((url) => (url.port = "1")), "ECONNREFUSED", "server runs"],
    [changed((url) => url.searchParams.set("sslmode", "require")), "does not support SSL", "ssl = on"],
    [
      changed((url) => url.searchParams.set("options", "-cdefault_transaction_read_only=on")),
      "a standby or read-only",
      "",
    ],
    [
      changed((url) => url.searchParams.set("options", "-csearch_path=nowhere")),
      "no schema of its search_path",
      "grant this user usage",
    ],
  ];
  for (const [url, reason, hint] of attempts) {
    const ledger = await open({ url });
    for (const work of [() => ledger.records(), () => ledger.append(anEvent("a")), () => ledger.verify()]) {
      const fault = await faultOf(work());
      expect(fault.code).toBe("LEDGER_UNUSABLE");
      expect(fault.message).toContain(reason);
      expect(fault.hint).toContain(hint);
      const told = Buffer.from(inspect(fault, { depth: 12, showHidden: true }) + String(fault.stack));
      expect(findSecrets(told, [password, wrong])).toEqual([]);
    }
  }
});

const UNFIT: Readonly<Record<string, string>> = {
  "no URL": "me:CanaryOfThePassword1@localhost/keys",
  "no TLS": "postgres://me:CanaryOfThePassword1@db.example.com/keys",
  "a password with a slash": "postgres://me:/CanaryOfThePassword1@localhost/keys",
  "a password with a question mark": "postgres://me:?CanaryOfThePassword1@localhost/keys",
  "a password with a sharp": "postgres://me:#CanaryOfThePassword1@localhost/keys",
  "an unknown parameter": "postgres://me:CanaryOfThePassword1@localhost/keys?x=1",
  "a CA that is not there":
    "postgres://me:CanaryOfThePassword1@localhost/keys?sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
};

for (const [what, url] of Object.entries(UNFIT)) {
  test(`S5: an address with ${what} is refused when the ledger is opened, without being repeated`, async () => {
    const fault = await faultOf(place.open({ url: Secret.of(url) }));
    expect(fault.code).toBe("LEDGER_UNUSABLE");
    expect(fault.message).toContain("ledger.url is of no use: ");
    expect(findSecrets(Buffer.from(inspect(fault, { depth: 12 })), ["CanaryOfThePassword1"])).toEqual([]);
  });
}

test("a user without rights is told which; with the least of them it reads and writes, but rewrites nothing", async () => {
  await (await open()).append(anEvent("first"));
  const { name: role, url, schema } = await createRole("nosuperuser");
  await place.query(`grant usage on schema ${schema} to ${role}`);
  const limited = await open({ url });
  for (const work of [() => limited.records(), () => limited.append(anEvent("a"))]) {
    const fault = await faultOf(work());
    expect([fault.code, fault.message]).toEqual([
      "LEDGER_UNUSABLE",
      expect.stringContaining("permission denied"),
    ]);
    expect(fault.hint).toContain("grant this user");
  }
  await place.query(`grant select on all tables in schema ${schema} to ${role}`);
  expect(await namesOf(limited)).toEqual(["first"]);
  expect((await faultOf(limited.append(anEvent("a")))).message).toContain("permission denied");
  await place.query(`grant insert on keywright_ledger_heads, keywright_ledger_lines to ${role}`);
  await place.query(`grant update on keywright_ledger_heads to ${role}`);
  await limited.append(anEvent("second"));
  expect(await namesOf(await open())).toEqual(["first", "second"]);
  await place.query(`set role ${role}`);
  await expect(place.query("delete from keywright_ledger_lines")).rejects.toThrow("permission denied");
  await place.query("reset role");
});

test("tables of a later version are refused by readers and writers, and nothing is written", async () => {
  const ledger = await open();
  await ledger.append(anEvent("first"));
  await place.query("insert into keywright_ledger_schema values (2)");
  const again = await open();
  for (const work of [() => again.records(), () => again.append(anEvent("a"))]) {
    const fault = await faultOf(work());
    expect(fault).toMatchObject({
      code: "LEDGER_UNUSABLE",
      message: expect.stringContaining("version 2, and this Keywright knows version 1"),
      hint: expect.stringContaining("a later one"),
    });
  }
  expect((await faultOf(ledger.append(anEvent("a")))).code).toBe("LEDGER_UNUSABLE");
  expect(await place.readLines()).toHaveLength(2);
});

test("tables of a later version that have other names are not made anew", async () => {
  await place.query("create table keywright_ledger_schema (version integer primary key)");
  await place.query("insert into keywright_ledger_schema values (7)");
  const fault = await faultOf((await open()).append(anEvent("a")));
  expect(fault.message).toContain("version 7");
  expect(await place.query("select 1 where to_regclass('keywright_ledger_heads') is not null")).toEqual([]);
});
