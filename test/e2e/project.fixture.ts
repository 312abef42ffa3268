/** A throw-away project for the built command line: a Git repository, manifests, and all that commands print. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type SimpleGit, simpleGit } from "simple-git";
import { findSecrets } from "../canary.fixture.ts";

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the running process, to end it early. */
  readonly onStart?: (child: ChildProcess) => void;
}

export interface Project {
  readonly directory: string;
  readonly git: SimpleGit;
  /** Writes files relative to the project; null removes one. */
  write(files: Readonly<Record<string, string | null>>): Promise<void>;
  commit(message?: string): Promise<string>;
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** The values under the sink's directory, by path. */
  secrets(): Promise<ReadonlyMap<string, string>>;
  /** Where any secret ever seen stands outside the sink; empty is good. */
  leaks(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export async function createProject(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-e2e-"));
  const git = simpleGit(directory);
  await git.init(["--initial-branch=main"]);
  await git.addConfig("user.name", "Test");
  await git.addConfig("user.email", "test@localhost");
  await git.addConfig("commit.gpgsign", "false");
  const printed: Buffer[] = [];
  const seen = new Set<string>();
  const project: Project = {
    directory,
    git,
    write: async (files) => {
      for (const [path, text] of Object.entries(files)) await writeOne(join(directory, path), text);
    },
    commit: async (message = "Change") => {
      await git.add(".");
      await git.commit(message, ["--allow-empty"]);
      return git.revparse(["HEAD"]);
    },
    run: async (args, options = {}) => {
      const result = await runMain(args, { cwd: directory, ...options });
      printed.push(Buffer.from(result.out), Buffer.from(result.err));
      for (const value of (await project.secrets()).values()) seen.add(value);
      return result;
    },
    secrets: async () => readSecrets(join(directory, ".keywright/secrets")),
    leaks: async () => {
      for (const value of (await project.secrets()).values()) seen.add(value);
      const values = [...seen];
      const inOutput = findSecrets(Buffer.concat(printed), values).map((leak) => `output: ${leak}`);
      return [...inOutput, ...(await leaksInFiles(directory, values))];
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
  return project;
}

export function runMain(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: options.cwd,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        NO_COLOR: "1",
        CI: "true",
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
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

async function readSecrets(directory: string): Promise<ReadonlyMap<string, string>> {
  const files = (await filesUnder(directory)).filter((file) => !file.includes("/.pending/"));
  const pairs = files.map(async (file) => {
    return [file.slice(directory.length + 1), await readFile(file, "utf8")] as const;
  });
  return new Map(await Promise.all(pairs));
}

/** Everything but the sink itself, and the file that is there to hold the administrator's token. */
async function leaksInFiles(directory: string, values: readonly string[]): Promise<readonly string[]> {
  const files = (await filesUnder(directory)).filter((file) => !file.includes("/.keywright/secrets/"));
  const found = files.map(async (file) =>
    findSecrets(await readFile(file), values).map((leak) => `${file.slice(directory.length + 1)}: ${leak}`),
  );
  return (await Promise.all(found)).flat();
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
