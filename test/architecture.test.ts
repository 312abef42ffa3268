/** The table of `src/README.md`, enforced: who may import whom, where packages live, what only entry points touch. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

const LEAF = ["core", "schema", "disk"];
const ON_POSTGRES = [...LEAF, "postgres"];
const ALL = [
  "core",
  "schema",
  "manifests",
  "sources",
  "http",
  "stores",
  "sinks",
  "ledger",
  "report",
  "messages",
  "notify",
  "github",
  "reconcile",
  "server",
];
/** Each room's imports besides itself. A room is a folder of `src`, or a file directly in it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  "package-file": [],
  schema: ["package-file"],
  disk: ["core"],
  git: ["core"],
  postgres: ["core"],
  manifests: ["core", "schema"],
  sources: ["core", "schema", "git"],
  http: ["core"],
  stores: ["core", "schema", "http"],
  sinks: [...LEAF, "http"],
  ledger: [...ON_POSTGRES, "git"],
  report: ["core", "schema", "simulation"],
  messages: ["core"],
  notify: ["core", "schema", "messages", "http"],
  github: ["core", "schema", "http"],
  reconcile: ["core"],
  daemon: ["core", "reconcile"],
  simulation: ["core", "reconcile", "stores", "sinks", "ledger"],
  server: [...ON_POSTGRES, "messages"],
  config: ALL,
  logger: ALL,
  wire: [...ALL, "config", "logger"],
  cli: [...ALL, "package-file", "daemon", "simulation", "disk", "config", "logger", "wire"],
  action: [...ALL, "git", "config", "logger", "wire", "cli"],
};

/** The only rooms that may import a package. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  yaml: ["manifests", "config"],
  croner: ["config"],
  re2js: ["manifests"],
  "fastest-levenshtein": ["manifests"],
  ajv: ["schema", "manifests", "server", "http"],
  "ajv-formats": ["schema", "server", "stores"],
  "simple-git": ["git", "sources", "ledger", "cli"],
  picomatch: ["sources", "manifests"],
  undici: ["http"],
  fastify: ["server"],
  kysely: ["server"],
  libsql: ["server"],
  pg: ["postgres", "server", "ledger"],
  "@fastify/swagger": ["server"],
  "@fastify/swagger-ui": ["server"],
  "prom-client": ["server", "daemon"],
  nodemailer: ["messages"],
  "age-encryption": ["sinks"],
  "libsodium-wrappers": ["sinks"],
  "fs-native-extensions": ["disk"],
  pino: ["logger"],
  "pino-pretty": ["logger"],
  picocolors: ["report", "cli"],
  commander: ["cli"],
};

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: readonly SourceFile[] = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !/\.(test|fixture)\.ts$|\.d\.ts$/.test(path))
  .map((path) => {
    const text = readFileSync(join(SRC, path), "utf8");
    const imports = [...text.matchAll(/(?:from\s+|import\()\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
    return { path, room: roomOf(path), text, imports };
  });

function roomOf(path: string): string {
  const [first = ""] = path.split(sep);
  return first.replace(/\.ts$/, "");
}

test("every room stands in the table", () => {
  expect([...new Set(files.map(({ room }) => room))].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
});

test("a room imports only what the table allows", () => {
  const wrong = files.flatMap(({ path, room, imports }) =>
    imports
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => roomOf(relative(SRC, resolve(SRC, dirname(path), specifier))))
      .filter((target) => target !== room && !MAY_IMPORT[room]?.includes(target))
      .map((target) => `${path} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("every package has its home", () => {
  const wrong = files.flatMap(({ path, room, imports }) =>
    imports
      .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
      .map((specifier) =>
        specifier
          .split("/")
          .slice(0, specifier.startsWith("@") ? 2 : 1)
          .join("/"),
      )
      .filter((name) => !PACKAGE_HOMES[name]?.includes(room))
      .map((name) => `${path} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test("core imports nothing of Node but node:crypto", () => {
  const wrong = files
    .filter(({ room }) => room === "core")
    .flatMap(({ path, imports }) =>
      imports.filter((specifier) => !/^(\.|node:crypto$)/.test(specifier)).map((name) => `${path}: ${name}`),
    );
  expect(wrong).toEqual([]);
});

test("core and reconcile ask for no time and no randomness of their own", () => {
  const wrong = files
    .filter(({ room }) => room === "core" || room === "reconcile")
    .filter(({ text }) =>
      /Date\.now\(|new Date\(\)|Math\.random|randomBytes|randomUUID|performance\.now/.test(text),
    );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test("only entry points touch the process and the console", () => {
  const wrong = files
    .filter(({ path, room }) => room !== "cli" && path !== join("action", "main.ts"))
    .filter(({ text }) =>
      /\bprocess\.(argv|env|exit|exitCode|stdout|stderr|stdin|cwd|on)\b|\bconsole\.\w+\(/.test(text),
    );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test("no file is called by what it is instead of what it does", () => {
  const wrong = files.filter(({ path }) => /(^|\/)(utils?|helpers?|common|types|misc|index)\.ts$/.test(path));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});
