/** What is left when the server, or its database, ends at a random moment. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Kysely } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../core/digest.ts";
import { renderRoles } from "../core/role-ref.ts";
import { Secret } from "../core/secret.ts";
import { createSeeded, headersOf, seededKey } from "./crash.fixture.ts";
import { startPostgres } from "./database/start-postgres.fixture.ts";
import type { Tables } from "./database/tables.ts";
import { type TestDatabase, createTestDatabase, POSTGRES_ONLY } from "./database/test-database.fixture.ts";
import { parseRoles } from "./domain/key.ts";
import { verifyAudit } from "./domain/verify-audit.ts";
import { type EmbeddedStore, openEmbeddedStore } from "./open-embedded-store.ts";
import { RANDOM } from "./server.fixture.ts";
import { openStoreDirectory } from "./store-directory.ts";

const SEED = "seed";
const TIMEOUT_MS = 180_000;
const clock = { now: () => new Date() };

let directory: string;
let database: TestDatabase;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "keywright-crash-"));
  database = await createTestDatabase();
});
afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

function startMaker(from: number, to: number) {
  const script = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const { databaseUrl } = database.options;
  return spawn(process.execPath, ["--import", "tsx", script, directory, SEED, String(from), String(to)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      ...(databaseUrl && { KEYWRIGHT_CRASH_DATABASE_URL: databaseUrl.reveal() }),
    },
  });
}

/** The acknowledgements of a process that is killed after some of them, or has done all. */
async function makeUntilKilled(from: number, to: number, killAfter: number): Promise<readonly string[]> {
  const child = startMaker(from, to);
  const ended = once(child, "exit");
  const acknowledged: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(line);
    if (acknowledged.length === killAfter) child.kill("SIGKILL");
  }
  const [code] = (await ended) as [number | null];
  if (code !== null && code !== 0) throw new Error(`the maker ended by itself with ${code}`);
  return acknowledged;
}

const numbersOf = (acknowledged: readonly string[], what: "created" | "active"): readonly number[] =>
  acknowledged.filter((line) => line.startsWith(`${what} `)).map((line) => Number(line.split(" ")[1]));

async function isValid(store: EmbeddedStore, number: number): Promise<boolean> {
  const body = JSON.stringify({ key: seededKey(SEED, number).reveal() });
  const answer = await store.inject({ method: "POST", path: "/v1/verify", headers: headersOf(store), body });
  return (JSON.parse(answer.body) as { valid: boolean }).valid;
}

async function invalidOf(store: EmbeddedStore, numbers: readonly number[]): Promise<readonly number[]> {
  const results = await Promise.all(numbers.map((number) => isValid(store, number)));
  return numbers.filter((_, index) => results[index] !== true);
}

/** Every key has its roles, labels, number and audit entries, or is not there at all. */
async function expectWholeKeys(tables: Kysely<Tables>): Promise<void> {
  const rows = await tables.selectFrom("keys").selectAll().orderBy("number").execute();
  const roles = await tables.selectFrom("key_roles").selectAll().execute();
  const labels = await tables.selectFrom("key_labels").selectAll().execute();
  const entries = await tables.selectFrom("audit_log").select(["action", "object_id"]).execute();
  const has = (action: string, id: string): boolean =>
    entries.some((entry) => entry.action === action && entry.object_id === id);
  const halves = rows.filter((row, index) => {
    const ownRoles = roles.filter(({ key_id: id }) => id === row.id).map(({ role }) => role);
    const ownLabels = labels
      .filter(({ key_id: id }) => id === row.id)
      .map(({ name, value }) => [name, value] as const);
    const isActive = row.activated_at !== null;
    return !(
      row.number === index + 1 &&
      has("CREATE", row.id) &&
      ownRoles.join() === renderRoles(parseRoles(row)).join() &&
      canonicalJson(Object.fromEntries(ownLabels)) === canonicalJson(JSON.parse(row.labels)) &&
      isActive === (row.pending_until === null) &&
      (!isActive || row.number === 1 || has("ACTIVATE", row.id))
    );
  });
  expect(halves).toEqual([]);
  expect([roles.length, labels.length]).toEqual([rows.length, (rows.length - 1) * 2]);
  expect(await verifyAudit(tables)).toMatchObject({ whole: true });
}

test(
  "kill -9 during 1,000 creates loses no acknowledged key and leaves no half one",
  { timeout: TIMEOUT_MS },
  async () => {
    const acknowledged: string[] = [];
    let next = 0;
    for (const killAfter of [150, 400, 230, Infinity]) {
      acknowledged.push(...(await makeUntilKilled(next, 1000, killAfter)));
      // Those under way when it was killed stay as they are.
      next = Math.max(...numbersOf(acknowledged, "created")) + 4;
    }
    const options = { directory, ...database.options, clock, random: RANDOM };
    const opened = await openStoreDirectory(options);
    await expectWholeKeys(opened.context.database);
    await opened.close();
    const store = await openEmbeddedStore(options);
    const created = numbersOf(acknowledged, "created");
    expect(created.length).toBeGreaterThan(980);
    expect(await invalidOf(store, created)).toEqual([]);
    expect(numbersOf(acknowledged, "active").length).toBeGreaterThan(190);
    await store.close();
  },
);

test("a first start that is killed at a random moment is finished by the next", async () => {
  const child = startMaker(0, 10);
  const ended = once(child, "exit");
  while (!(await readdir(directory)).includes("pepper.json"))
    await new Promise((resolve) => setImmediate(resolve));
  child.kill("SIGKILL");
  await ended;
  const store = await openEmbeddedStore({ directory, ...database.options, clock, random: RANDOM });
  const answer = await store.inject({ method: "GET", path: "/v1/store", headers: headersOf(store) });
  expect(answer.status).toBe(200);
  await store.close();
});

test(
  "kill -9 of PostgreSQL itself loses no acknowledged key, and the server goes on by itself",
  { ...POSTGRES_ONLY, timeout: TIMEOUT_MS },
  async () => {
    const postgres = await startPostgres();
    const databaseUrl = Secret.of(postgres.url);
    const options = { directory, databaseUrl, clock, random: RANDOM };
    const store = await openEmbeddedStore(options);
    const statuses = new Set<number>();
    let restarting: Promise<void> = Promise.resolve();
    let done = 0;
    const create = async (number: number): Promise<void> => {
      for (;;) {
        const { status } = await createSeeded(store, SEED, number);
        statuses.add(status);
        if (status !== 503) break;
        // As Retry-After says: the same request, once the database is back.
        await restarting;
      }
      done += 1;
      if (done % 70 === 0) restarting = postgres.kill().then(() => postgres.restart());
    };
    let next = 0;
    const work = async (): Promise<void> => {
      for (let number = next++; number < 300; number = next++) await create(number);
    };
    await Promise.all(Array.from({ length: 4 }, work));
    await restarting;
    expect([...statuses].filter((status) => ![200, 201].includes(status))).toEqual([503]);
    expect(
      await invalidOf(
        store,
        Array.from({ length: 300 }, (_, number) => number),
      ),
    ).toEqual([]);
    await store.close();
    const opened = await openStoreDirectory(options);
    await expectWholeKeys(opened.context.database);
    await opened.close();
    await postgres.stop();
  },
);
