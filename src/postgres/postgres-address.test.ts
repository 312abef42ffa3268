import { inspect } from "node:util";
import { expect, test } from "vitest";
import { KeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import { parsePostgresUrl } from "./postgres-address.ts";

const parse = (url: string) => parsePostgresUrl(Secret.of(url));

function refusal(url: string): KeywrightError {
  try {
    parse(url);
  } catch (error) {
    if (error instanceof KeywrightError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("a URL says all that a connection needs", () => {
  const { where, connection, password } = parse("postgres://us%40er:p%23w@127.0.0.1:5433/keys");
  expect(where).toBe("127.0.0.1:5433/keys");
  expect(connection).toEqual({ host: "127.0.0.1", port: 5433, database: "keys", user: "us@er", ssl: false });
  expect(password?.reveal()).toBe("p#w");
});

test("port and database have their usual defaults", () => {
  expect(parse("postgresql://me@localhost").connection).toMatchObject({ port: 5432, database: "me" });
  expect(parse("postgres://[::1]/keys").connection).toMatchObject({ host: "::1", ssl: false });
});

test("a Unix socket is named by its directory", () => {
  for (const authority of ["me@", "me@localhost", ""]) {
    const { connection } = parse(`postgres://${authority}/keys?host=/run/postgresql`);
    expect(connection).toMatchObject({ host: "/run/postgresql", database: "keys", ssl: false });
  }
});

test.each(["require", "verify-ca", "verify-full"])("sslmode=%s checks the server's certificate", (mode) => {
  const { connection } = parse(`postgres://me@db.example.com/keys?sslmode=${mode}`);
  expect(connection.ssl).toEqual({ rejectUnauthorized: true });
});

test.each([
  ["nothing about TLS", ""],
  ["TLS only if the server likes", "?sslmode=prefer"],
  ["TLS with anybody", "?sslmode=no-verify"],
])("beyond this machine a URL that says %s is refused", (_, query) => {
  const error = refusal(`postgres://me:secret@db.example.com/keys${query}`);
  expect([error.code, error.message]).toEqual([
    "USAGE",
    "The database URL asks for no TLS that is checked to db.example.com.",
  ]);
  expect(error.hint).toContain("sslmode=verify-full");
});

test("beyond this machine sslmode=disable is a clear yes", () => {
  expect(parse("postgres://me@db.example.com/keys?sslmode=disable").connection.ssl).toBe(false);
});

test.each([
  ["no URL", "me:secret@localhost/keys"],
  ["another database", "mysql://me:secret@localhost/keys"],
  ["a port beyond all", "postgres://me:secret@localhost:99999/keys"],
  ["a # in the password", "postgres://me:secret#1@localhost/keys"],
  ["a / in the password", "postgres://me:12/secret@localhost/keys"],
  ["a password that begins with /", "postgres://me:/secret@localhost/keys"],
  ["a ? in the password", "postgres://me:12?secret@localhost/keys"],
  ["half an escape", "postgres://me:secret%@localhost/keys"],
  ["no host", "postgres:///keys"],
  ["no database", "postgres://localhost"],
  ["an unknown parameter", "postgres://me:secret@localhost/keys?schema=x"],
  ["a parameter twice", "postgres://me:secret@localhost/keys?sslmode=require&sslmode=disable"],
  ["a second host", "postgres://me:secret@localhost/keys?host=db.example.com"],
  ["a host and a socket", "postgres://me:secret@db.example.com/keys?host=/run"],
  ["a CA without TLS", "postgres://me:secret@localhost/keys?sslrootcert=/etc/ca.pem"],
])("a URL with %s is refused without being repeated", (_, url) => {
  const error = refusal(url);
  expect(error.code).toBe("USAGE");
  expect(inspect(error)).not.toContain("secret");
});

test("a CA file that is not there is named", () => {
  const error = refusal("postgres://me@db.example.com/keys?sslmode=verify-full&sslrootcert=/nowhere/ca.pem");
  expect([error.code, error.message]).toEqual([
    "STORE_UNUSABLE",
    "/nowhere/ca.pem, which the database URL names, cannot be read.",
  ]);
});
