/** The modes `plan` and `apply`, run for an event as the Action would, but for the process and its environment. */

import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ActionRun } from "../../src/action/action-run.ts";
import { type InputName, inputVariable, readInputs } from "../../src/action/inputs.ts";
import { apply } from "../../src/action/modes/apply.ts";
import { plan } from "../../src/action/modes/plan.ts";
import { buildRunContext } from "../../src/action/run-context.ts";
import { createRunner } from "../../src/action/runner.ts";
import { isKeywrightError } from "../../src/core/error.ts";
import { Secret } from "../../src/core/secret.ts";
import { openRepository } from "../../src/github/open-repository.ts";
import { createRequestLimiter } from "../../src/http/request-limiter.ts";
import { createLogger } from "../../src/logger.ts";
import { readProject } from "../../src/wire/read-project.ts";
import { readLog } from "./command-stream.fixture.ts";
import type { StartingEvent } from "./events.fixture.ts";

/** Of GitHub. */
export const TOKENS = { plan: "ghs_plan", apply: "ghs_apply" } as const;

export interface ModeResult {
  /** Of the step; absent: `error` ended it. */
  readonly code?: number;
  /** `REVIEW_MISSING: …` */
  readonly error?: string;
  readonly hint?: string;
  /** What people see in the log. */
  readonly log: string;
  /** `warning: …` */
  readonly annotations: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface ModeOptions {
  readonly event?: StartingEvent;
  readonly inputs?: Partial<Readonly<Record<InputName, string>>>;
  /** Hears of what is printed. */
  readonly onOut?: (text: string) => void;
}

/** Where a mode runs. */
export interface Place {
  /** A bare repository; directories in the configuration start from it. */
  readonly directory: string;
  /** Of GitHub's API. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

/** As it is at `ref`. */
export const projectAt = ({ directory, env }: Place, ref: string, logger = silent) =>
  readProject({
    cwd: directory,
    env: { PATH: process.env["PATH"], ...env },
    logger,
    repo: directory,
    config: "keywright.yaml",
    ref,
    configRef: ref,
  });

const silent = createLogger({ format: "text", level: "warn", colors: false }, () => undefined);

export async function runMode(
  place: Place,
  mode: "plan" | "apply",
  { event, inputs = {}, onOut }: ModeOptions & { readonly event: StartingEvent },
): Promise<ModeResult> {
  const temp = await mkdtemp(join(place.directory, "runner-"));
  const [outputFile, summaryFile] = [join(temp, "output"), join(temp, "summary")] as const;
  await Promise.all([outputFile, summaryFile].map((file) => writeFile(file, "")));
  let printed = "";
  const write = (text: string): void => {
    printed += text;
    onOut?.(text);
  };
  const runner = createRunner({ write, writeMask: write, outputFile, summaryFile });
  const run = await buildRun(place, event, { mode, ...inputs }, runner, temp);
  const ended = await end(run, mode);
  await run.repository?.close();
  const { commands, shown } = readLog(printed);
  return {
    ...ended,
    log: shown,
    annotations: commands
      .filter(({ name }) => name !== "add-mask")
      .map(({ name, data }) => `${name}: ${data}`),
    outputs: Object.fromEntries(
      [...(await readFile(outputFile, "utf8")).matchAll(/^(.+)<<(.+)\n([^]*?)\n\2$/gm)].map(
        ([, name = "", , value = ""]) => [name, value],
      ),
    ),
    summary: await readFile(summaryFile, "utf8"),
  };
}

async function end(
  run: ActionRun,
  mode: "plan" | "apply",
): Promise<Pick<ModeResult, "code" | "error" | "hint">> {
  try {
    return { code: await (mode === "plan" ? plan(run) : apply(run)) };
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    return {
      error: `${error.code}: ${error.message}`,
      ...(error.hint !== undefined && { hint: error.hint }),
    };
  }
}

async function buildRun(
  place: Place,
  event: StartingEvent,
  inputs: Partial<Readonly<Record<InputName, string>>>,
  runner: ActionRun["runner"],
  temp: string,
): Promise<ActionRun> {
  const context = buildRunContext(variablesOf(place, event, temp), event.payload);
  const logger = createLogger({ format: "text", level: "info", colors: false }, (line) => runner.out(line));
  const token = Secret.of(inputs.mode === "plan" ? TOKENS.plan : TOKENS.apply);
  const { signal } = new AbortController();
  return {
    context,
    inputs: readInputs(
      Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [inputVariable(name as InputName), value]),
      ),
    ),
    runner,
    logger,
    project: await projectAt(place, event.sha, logger),
    protectedBranch: "main",
    remarks: [],
    repository: await openRepository({
      url: place.url,
      name: "acme/keys",
      auth: { type: "token", token },
      clock: { now: () => new Date() },
      limiter: createRequestLimiter({ perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 }),
      pausesMs: [1, 1],
    }),
    signal,
    deadline: signal,
  };
}

const variablesOf = ({ directory, url }: Place, { name, sha, ref }: StartingEvent, temp: string) => ({
  GITHUB_EVENT_NAME: name,
  GITHUB_REPOSITORY: "acme/keys",
  GITHUB_REF: ref,
  GITHUB_SHA: sha,
  GITHUB_WORKSPACE: directory,
  RUNNER_TEMP: temp,
  GITHUB_API_URL: url,
  GITHUB_SERVER_URL: "https://github.example",
  GITHUB_RUN_ID: "4711",
  GITHUB_RUN_ATTEMPT: "1",
  GITHUB_ACTOR: "octo-cat",
});
