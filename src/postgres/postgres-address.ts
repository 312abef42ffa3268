/** What a `postgres://` URL says, checked: nothing in it is ignored, and no password leaves this machine in the open. */

import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { KeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import { isLoopback } from "../core/is-loopback.ts";

export interface PostgresAddress {
  /** For messages: `host:port/database`, without user and password. */
  readonly where: string;
  readonly password: Secret | undefined;
  /** The rest, as pg takes it. */
  readonly connection: {
    /** Or the directory of a Unix socket. */
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user?: string;
    readonly options?: string;
    readonly ssl: false | ConnectionOptions;
  };
}

const DEFAULT_PORT = 5432;
const TLS_FILES = ["sslcert", "sslkey", "sslrootcert"];
const PARAMETERS = ["host", "options", "sslmode", ...TLS_FILES];
const VERIFYING_MODES = new Set(["require", "verify-ca", "verify-full"]);

/** Throws USAGE when the URL is none that Keywright connects to, STORE_UNUSABLE when a file that it names cannot be read. */
export function parsePostgresUrl(databaseUrl: Secret): PostgresAddress {
  const url = parse(databaseUrl);
  const parameters = readParameters(url);
  const host = parameters.get("host") ?? url.hostname.replace(/^\[(.*)\]$/, "$1");
  const user = decode(url.username);
  const database = decode(url.pathname.slice(1)) || user;
  if (!host || !database) throw unfit("names no host or no database");
  const port = Number(url.port || DEFAULT_PORT);
  const options = parameters.get("options");
  return {
    where: `${host}:${port}/${database}`,
    password: url.password === "" ? undefined : Secret.of(decode(url.password)),
    connection: {
      host,
      port,
      database,
      ...(user && { user }),
      ...(options !== undefined && { options }),
      ssl: readTls(host, parameters),
    },
  };
}

function parse(databaseUrl: Secret): URL {
  // PostgreSQL's own tools take a user without a host, for a Unix socket.
  const text = databaseUrl.reveal().replace("@/", "@localhost/");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw unfit("is no postgres:// URL");
  if (url.hash !== "") throw unfit("has a # that is not percent-encoded");
  // Else a part of the password would be taken for the database, and shown.
  if (/@/.test(url.pathname + url.search)) throw unfit("has a /, ? or @ that is not percent-encoded");
  return url;
}

function readParameters({ hostname, searchParams: given }: URL): ReadonlyMap<string, string> {
  const names = [...given.keys()];
  const unknown = names.find((name, index) => !PARAMETERS.includes(name) || names.indexOf(name) !== index);
  if (unknown !== undefined) {
    throw unfit(`has the parameter ${unknown}, or has it twice; it may have ${PARAMETERS.join(", ")}`);
  }
  const host = given.get("host");
  if (host !== null && !(host.startsWith("/") && ["", "localhost"].includes(hostname))) {
    throw unfit("has a parameter host that is no directory of a socket, or another host beside it");
  }
  return new Map(given);
}

/** Beyond this machine the server must prove with a certificate who it is, unless the URL says in so many words that it need not. */
function readTls(host: string, parameters: ReadonlyMap<string, string>): false | ConnectionOptions {
  const mode = parameters.get("sslmode");
  const isLocal = host.startsWith("/") || isLoopback(host);
  if (mode === "disable" || (mode === undefined && isLocal)) {
    if (TLS_FILES.some((name) => parameters.has(name)))
      throw unfit("names files for TLS but no sslmode=verify-full");
    return false;
  }
  if (mode === undefined || !VERIFYING_MODES.has(mode)) {
    throw new KeywrightError("USAGE", `The database URL asks for no TLS that is checked to ${host}.`, {
      hint:
        "Add ?sslmode=verify-full (and &sslrootcert=<file> for a CA of your own), or " +
        "?sslmode=disable if nobody can read or change what goes over that network.",
    });
  }
  const readPart = (name: string): string | undefined => readTlsFile(parameters.get(name));
  const [ca, cert, key] = [readPart("sslrootcert"), readPart("sslcert"), readPart("sslkey")];
  return { rejectUnauthorized: true, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function readTlsFile(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new KeywrightError("STORE_UNUSABLE", `${path}, which the database URL names, cannot be read.`, {
      hint: "Check the path and that this user may read the file.",
      cause,
    });
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unfit("has a % that is not followed by two hex digits");
  }
}

const unfit = (what: string): KeywrightError =>
  new KeywrightError("USAGE", `The database URL ${what}.`, {
    hint: "postgres://user:password@host:5432/database?sslmode=verify-full, with special characters percent-encoded.",
  });
