/** A throw-away project for the built command line: a Git repository, manifests, and all that commands print. */

import { type ChildProcess, spawn } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type SimpleGit, simpleGit } from "simple-git";
import { onTestFinished } from "vitest";
import { aHost } from "../../src/cli/a-host.fixture.ts";
import type { Host } from "../../src/cli/host.ts";
import { findSecrets } from "../canary.fixture.ts";

/** `KEYWRIGHT_MAIN` tests another build, such as an installed package. */
export const MAIN =
  process.env["KEYWRIGHT_MAIN"] ?? fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A process of its own, whatever else is asked for. */
  readonly isProcess?: boolean;
  /** What it reads from stdin; default: nothing. */
  readonly input?: string;
  /** What starts the command line; default: `node`. */
  readonly through?: readonly string[];
  /** Called with the running process, to end it early. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Called with all of stderr so far, whenever there is more. */
  readonly onErr?: (text: string, child: ChildProcess) => void;
  /** The same for stdout. */
  readonly onOut?: (text: string, child: ChildProcess) => void;
}

export interface Project {
  readonly directory: string;
  readonly git: SimpleGit;
  /** Writes files relative to the project; null removes one. */
  write(files: Readonly<Record<string, string | null>>): Promise<void>;
  read(path: string): Promise<string>;
  commit(message?: string): Promise<string>;
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** The values under the sink's directory, by path. */
  secrets(): Promise<ReadonlyMap<string, string>>;
  /** What waits in the sink's pending stage. */
  pending(): Promise<readonly string[]>;
  /** Looks out for this value too. */
  watch(secret: string): void;
  /** Keeps what something else printed, as if a command had. */
  heard(text: string): void;
  /** Where any secret ever seen stands outside the sink; empty is good. */
  leaks(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

const SECRETS = ".keywright/secrets";

/** Gone when the test is over. */
export async function createProject(
  files: Readonly<Record<string, string>> = {},
  options: { readonly removeAfterTest?: boolean } = {},
): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-e2e-"));
  const git = simpleGit(directory);
  await git.init(["--initial-branch=main"]);
  await appendFile(join(directory, ".git/config"), GIT_SETTINGS);
  const printed: Buffer[] = [];
  const seen = new Set<string>();
  const look = async (): Promise<readonly string[]> => {
    const at = join(directory, SECRETS);
    for (const value of (await readSecrets(at)).values()) seen.add(value);
    for (const text of (await readPending(at)).values()) seen.add(pendingValue(text));
    seen.delete("");
    return [...seen];
  };
  const project: Project = {
    directory,
    git,
    write: async (texts) => {
      for (const [path, text] of Object.entries(texts)) await writeOne(join(directory, path), text);
    },
    read: (path) => readFile(join(directory, path), "utf8"),
    commit: async (message = "Change") => {
      await git.add(".");
      await git.commit(message, ["--allow-empty"]);
      return git.revparse(["HEAD"]);
    },
    run: async (args, runOptions = {}) => {
      const result = await runMain(args, { cwd: directory, ...runOptions });
      printed.push(Buffer.from(result.out), Buffer.from(result.err));
      await look();
      return result;
    },
    secrets: () => readSecrets(join(directory, SECRETS)),
    pending: async () => [...(await readPending(join(directory, SECRETS))).keys()],
    watch: (secret) => void seen.add(secret),
    heard: (text) => void printed.push(Buffer.from(text)),
    leaks: async () => {
      const values = await look();
      const inOutput = findSecrets(Buffer.concat(printed), values).map((leak) => `output: ${leak}`);
      return [...inOutput, ...(await leaksInFiles(directory, values))];
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
  if (options.removeAfterTest !== false) onTestFinished(() => project.remove());
  await project.write({ ".gitignore": ".keywright/\n", "keywright.yaml": CONFIG, ...files });
  return project;
}

const GIT_SETTINGS = `[user]
  name = Test
  email = test@localhost
[commit]
  gpgsign = false
`;

/** As a process of its own where the test is about one; else in this one, by the same built code, which takes a tenth of the time. */
export const runMain = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
  isAboutProcess(options) ? spawnMain(args, options) : callMain(args, options);

const isAboutProcess = ({ env = {}, ...options }: RunOptions): boolean =>
  process.env["KEYWRIGHT_MAIN"] !== undefined ||
  options.isProcess === true ||
  options.input !== undefined ||
  options.through !== undefined ||
  options.onStart !== undefined ||
  options.onErr !== undefined ||
  options.onOut !== undefined ||
  Object.keys(env).some((name) => name.startsWith("NODE_") || OF_PROCESS.has(name));

/** What only the start of a process reads. */
const OF_PROCESS: ReadonlySet<string> = new Set(["TZ", "NO_COLOR", "FORCE_COLOR", "CI", "TERM"]);

const environmentOf = ({ env }: RunOptions): Record<string, string | undefined> => ({
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  NO_COLOR: "1",
  CI: "true",
  ...env,
});

async function callMain(args: readonly string[], options: RunOptions): Promise<Result> {
  const { runCli } = (await import(new URL("run-cli.js", pathToFileURL(MAIN)).href)) as {
    readonly runCli: (args: readonly string[], host: Host) => Promise<number>;
  };
  const host = aHost({ cwd: options.cwd ?? process.cwd(), env: environmentOf(options) });
  const code = await runCli(args, host);
  return { code, signal: null, ...host.printed };
}

function spawnMain(args: readonly string[], options: RunOptions): Promise<Result> {
  return new Promise((done, fail) => {
    const [command = process.execPath, ...before] = options.through ?? [];
    const node = options.through ? [process.execPath] : [];
    const child = spawn(command, [...before, ...node, MAIN, ...args], {
      cwd: options.cwd,
      env: environmentOf(options),
      stdio: ["pipe", "pipe", "pipe"],
    });
    // A command that has read enough, or nothing, may be gone before all is written.
    child.stdin.on("error", () => undefined).end(options.input ?? "");
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      options.onOut?.(out, child);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      options.onErr?.(err, child);
    });
    child.on("error", fail);
    child.on("close", (code, signal) => done({ code, signal, out, err }));
    options.onStart?.(child);
  });
}

async function writeOne(file: string, text: string | null): Promise<void> {
  if (text === null) return rm(file);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return undefined;
}

async function filesUnder(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const isPending = (file: string): boolean => file.includes("/.pending/");

/** The sink's own lock and the drafts of its writes are no values. */
const isValue = (file: string): boolean => !/\/\.keywright\.lock$|\.tmp$/.test(file);

const readSecrets = (directory: string): Promise<ReadonlyMap<string, string>> =>
  readFiles(directory, (file) => !isPending(file) && isValue(file));

const readPending = (directory: string): Promise<ReadonlyMap<string, string>> =>
  readFiles(directory, isPending);

/** A draft that a killed writer left may end anywhere. */
const pendingValue = (text: string): string => /"secret":"(\w{20,})/.exec(text)?.[1] ?? "";

async function readFiles(
  directory: string,
  filter: (file: string) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const files = (await filesUnder(directory)).filter(filter);
  const found = new Map<string, string>();
  for (const file of files) {
    // Another process may be at work here: what it has just taken away is not there.
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) found.set(file.slice(directory.length + 1), text);
  }
  return found;
}

/** Everything but the sink itself. */
async function leaksInFiles(directory: string, values: readonly string[]): Promise<readonly string[]> {
  const files = (await filesUnder(directory)).filter((file) => !file.includes(`/${SECRETS}/`));
  const found: string[] = [];
  for (const file of files) {
    // A database that is being closed takes its write-ahead log away.
    const content = await readFile(file).catch(() => Buffer.alloc(0));
    const leaks = findSecrets(content, values);
    found.push(...leaks.map((leak) => `${file.slice(directory.length + 1)}: ${leak}`));
  }
  return found;
}

/** A configuration on the embedded store, with one file sink. */
export const CONFIG = `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/**/*.yaml"]
store: { driver: embedded, directory: .keywright/store }
sinks:
  local: { driver: file, directory: .keywright/secrets }
ledger: { driver: file, directory: .keywright/ledger }
`;

export const aKeyManifest = (name: string, spec = "roles: [READ_ONLY]"): string => `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: ${name} }
spec:
  ${spec.replaceAll("\n", "\n  ")}
  expires: { after: 90d }
  deliverTo: [{ sink: local, path: ci/${name} }]
`;

/** `keys/key-1.yaml` and so on, `count` of them. */
export const manyKeys = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`keys/key-${i + 1}.yaml`, aKeyManifest(`key-${i + 1}`)]),
  );
