/**
 * One step of a workflow that uses the Action, run as GitHub's runner would: inputs and their defaults as variables, the
 * runner's files, the event as a file, and the log read for commands.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { parse } from "yaml";
import type { ActionHost } from "../../src/action/action-host.ts";
import { runAction } from "../../src/action/run-action.ts";
import { type ReadLog, readLog } from "./command-stream.fixture.ts";
import { REPOSITORY, type StartingEvent } from "./events.fixture.ts";

/** Gone when the tests of the file are over. */
const directories: string[] = [];
afterAll(() => Promise.all(directories.splice(0).map((each) => rm(each, { recursive: true, force: true }))));

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface StepOptions {
  readonly event: StartingEvent;
  /** Where the repository is checked out. */
  readonly workspace: string;
  /** Those that the workflow gives; the others have the defaults of action.yml. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Variables of the step. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of GitHub's API. Default: an address where nobody listens. */
  readonly apiUrl?: string;
  /** What `github.token` is. */
  readonly token?: string;
  readonly repository?: string;
  readonly runId?: string;
  readonly runAttempt?: number;
}

export interface Annotation {
  readonly level: "error" | "warning" | "notice";
  readonly message: string;
  readonly file?: string;
  readonly line?: string;
  readonly title?: string;
}

export interface StepResult extends ReadLog {
  /** Of the process; 0: the step succeeds. */
  readonly code: number | null;
  /** All that was printed, as it was. */
  readonly raw: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** As GitHub shows it; what is larger than 1 MiB it does not. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  /** RUNNER_TEMP. */
  readonly temp: string;
  /** The variables that are left to what the process starts; of a run in this process alone. */
  readonly leftEnvironment: Readonly<Record<string, string | undefined>>;
}

export interface ProcessOptions extends StepOptions {
  /** Called with the running process, to end it early. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs the built bundle, in a process of its own. `KEYWRIGHT_ACTION` names another build of it. */
export const runStep = (options: ProcessOptions): Promise<StepResult> =>
  withRunner(options, async (env) => {
    const child = spawn(process.execPath, [await bundle()], { env, cwd: options.workspace });
    options.onStart?.(child);
    let raw = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (raw += text));
    const code = await new Promise<number | null>((done, fail) => {
      child.on("error", fail);
      child.on("close", done);
    });
    return { code, raw };
  });

export interface HereOptions extends StepOptions {
  readonly signal?: AbortSignal;
}

/** Runs the same code in this process: what takes no bundle to be shown. */
export const runStepHere = (options: HereOptions): Promise<StepResult> =>
  withRunner(options, async (env) => {
    let raw = "";
    const write = (text: string): void => void (raw += text);
    const signal = options.signal ?? new AbortController().signal;
    const host: ActionHost = { env, write, writeMask: write, signal, deadline: signal };
    return { code: await runAction(host), raw };
  });

type Environment = Record<string, string | undefined>;

async function withRunner(
  options: StepOptions,
  run: (env: Environment) => Promise<{ readonly code: number | null; readonly raw: string }>,
): Promise<StepResult> {
  const temp = await mkdtemp(join(tmpdir(), "keywright-runner-"));
  directories.push(temp);
  const [eventFile, outputFile, summaryFile] = ["event.json", "output", "summary"].map((name) =>
    join(temp, name),
  ) as [string, string, string];
  await Promise.all([
    writeFile(eventFile, JSON.stringify(options.event.payload)),
    writeFile(outputFile, ""),
    writeFile(summaryFile, ""),
  ]);
  const env: Environment = {
    ...(await variablesOf(options)),
    RUNNER_TEMP: temp,
    GITHUB_EVENT_PATH: eventFile,
    GITHUB_OUTPUT: outputFile,
    GITHUB_STEP_SUMMARY: summaryFile,
  };
  const { code, raw } = await run(env);
  const log = readLog(raw);
  return {
    ...log,
    code,
    raw,
    temp,
    outputs: readOutputs(await readFile(outputFile, "utf8")),
    summary: shownSummary(await readFile(summaryFile)),
    annotations: log.commands.flatMap(annotationOf),
    leftEnvironment: env,
  };
}

async function variablesOf(options: StepOptions): Promise<Environment> {
  const { event, workspace, env = {}, apiUrl = "http://127.0.0.1:9", repository = REPOSITORY } = options;
  const inputs = await inputsOf(options);
  const handed = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
    value,
  ]);
  return {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: event.name,
    GITHUB_SHA: event.sha,
    GITHUB_REF: event.ref,
    GITHUB_REPOSITORY: repository,
    GITHUB_WORKSPACE: workspace,
    GITHUB_API_URL: apiUrl,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_RUN_ID: options.runId ?? "4711",
    GITHUB_RUN_ATTEMPT: String(options.runAttempt ?? 1),
    GITHUB_ACTOR: "octocat",
    FORCE_COLOR: "1",
    ...env,
    ...Object.fromEntries(handed),
  };
}

interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
}

/** With the defaults, and `${{ github.token }}` put in. The runner only warns of an input that is not declared. */
async function inputsOf({ inputs, token = "" }: StepOptions): Promise<Readonly<Record<string, string>>> {
  const declared = (parse(await readFile(`${ROOT}action.yml`, "utf8")) as ActionFile).inputs;
  const unknown = Object.keys(inputs).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(", ")}`);
  const values = Object.entries(declared).map(([name, input]) => [name, inputs[name] ?? input.default ?? ""]);
  return Object.fromEntries(
    values.map(([name = "", value = ""]) => [name, value.replaceAll("${{ github.token }}", token)]),
  );
}

/** `name=value` and `name<<end`, as the runner reads them; throws for a file that it would refuse. */
function readOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const [, name, end] = /^([^=<]+)<<(.+)$/.exec(line) ?? [];
    if (name === undefined || end === undefined) throw new Error(`the runner cannot read the output ${line}`);
    const stop = lines.indexOf(end, at + 1);
    if (stop < 0) throw new Error(`the output ${name} does not end`);
    outputs[name] = lines.slice(at + 1, stop).join("\n");
    at = stop;
  }
  return outputs;
}

const shownSummary = (content: Buffer): string =>
  content.length > 1024 * 1024 ? "" : content.toString("utf8");

function annotationOf({ name, properties, data }: ReadLog["commands"][number]): readonly Annotation[] {
  if (name !== "error" && name !== "warning" && name !== "notice") return [];
  const { file, line, title } = properties;
  return [
    {
      level: name,
      message: data,
      ...(file !== undefined && { file }),
      ...(line !== undefined && { line }),
      ...(title !== undefined && { title }),
    },
  ];
}

let built: Promise<string> | undefined;

/** Made once for a file of tests: what is tested is what would be released. */
function bundle(): Promise<string> {
  const given = process.env["KEYWRIGHT_ACTION"];
  if (given !== undefined) return Promise.resolve(given);
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-bundle-"));
  directories.push(directory);
  const file = join(directory, "index.mjs");
  const { status, stderr } = spawnSync(process.execPath, [`${ROOT}scripts/build-action.mjs`, file], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the Action cannot be built: ${stderr}`);
  return file;
}
