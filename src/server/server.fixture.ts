/** A key store in a directory of its own, with a clock that moves when told, and short ways to call it. */

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { createKey, keyDigest, last4Of } from "../core/key-format.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { RoleRef } from "../core/role-ref.ts";
import type { Secret } from "../core/secret.ts";
import { readAdminToken } from "./admin-token.ts";
import { type AppOptions, createApp } from "./create-app.ts";
import { createTestDatabase, readStored } from "./database/test-database.fixture.ts";
import type { StoreContext } from "./domain/store-context.ts";
import type { ServerLog } from "./server-log.ts";
import { type OpenedDirectory, type StoreDirectoryOptions, openStoreDirectory } from "./store-directory.ts";

export const RANDOM: Random = { bytes: (length) => randomBytes(length) };
const FORMAT = { prefix: "kw", environment: "live" };

export const newSecret = (): Secret => createKey(FORMAT, RANDOM);

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // The tests look into answers of every shape.
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  /** Null: none. Default: the administrator's. */
  readonly token?: Secret | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The peer's; default: 127.0.0.1. */
  readonly remoteAddress?: string;
}

export interface TestServer {
  readonly app: FastifyInstance;
  readonly context: StoreContext;
  readonly directory: string;
  /** For who opens the same store from outside. */
  readonly place: StoreDirectoryOptions;
  readonly admin: Secret;
  readonly clock: Clock & { advance(ms: number): void };
  /** `GET /v1/keys`. */
  call(target: string, call?: Call): Promise<Answer>;
  /** A registered key; active unless said otherwise. */
  makeKey(
    overrides?: Readonly<Record<string, unknown>>,
    state?: "pending",
  ): Promise<{ id: string; secret: Secret }>;
  /** The same store as another process has it open. Close it before the server. */
  openAgain(): Promise<OpenedDirectory>;
  /** All that the database holds: the files of SQLite, the rows of PostgreSQL. */
  stored(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export function aNewKey(secret: Secret, overrides: Readonly<Record<string, unknown>> = {}) {
  const roles: readonly RoleRef[] = [{ type: "default", role: "READ_ONLY" }];
  return { name: "Scanner", roles, digest: keyDigest(secret), last4: last4Of(secret), ...overrides };
}

export function createMovableClock(start = "2026-11-21T08:00:00.000Z"): TestServer["clock"] {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    advance: (ms) => {
      time += ms;
    },
  };
}

/** Short ways to call an app, by default as `admin`. */
export const createCall =
  (app: FastifyInstance, admin: Secret): TestServer["call"] =>
  async (target, { token = admin, body, headers = {}, remoteAddress } = {}) => {
    const [method = "GET", url = "/"] = target.split(" ");
    const response = await app.inject({
      method: method as "GET",
      url,
      ...(remoteAddress === undefined ? {} : { remoteAddress }),
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = response.payload;
    const isJson = String(response.headers["content-type"]).includes("json") && text !== "";
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  };

export async function openTestServer(log?: ServerLog, options?: AppOptions): Promise<TestServer> {
  const root = await mkdtemp(join(tmpdir(), "keywright-server-"));
  const clock = createMovableClock();
  const directory = join(root, "store");
  const database = await createTestDatabase();
  const place = { directory, ...database.options, clock, random: RANDOM };
  const opened = await openStoreDirectory(place);
  const admin = await readAdminToken(opened.adminTokenFile);
  const app = createApp(opened.context, log, options);
  await app.ready();
  const call = createCall(app, admin);
  return {
    app,
    context: opened.context,
    directory,
    place,
    admin,
    clock,
    call,
    makeKey: async (overrides, state) => {
      const secret = newSecret();
      const headers = { "idempotency-key": randomBytes(8).toString("hex") };
      const created = await call("POST /v1/keys", { headers, body: aNewKey(secret, overrides) });
      if (created.status !== 201) throw new Error(created.text);
      const id = String(created.body["id"]);
      if (state !== "pending") await call(`POST /v1/keys/${id}/activate`);
      return { id, secret };
    },
    stored: () => readStored(directory, opened.context.database),
    openAgain: () => openStoreDirectory(place),
    close: async () => {
      await app.close();
      await opened.close();
      await database.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
