/** The real process as a `Host`. The first SIGINT or SIGTERM asks the command to end; the second ends it. */

import { createInterface } from "node:readline/promises";
import { writeSync } from "node:fs";
import { redactKeys } from "../core/key-format.ts";
import type { Host } from "./host.ts";
import { readSecret } from "./read-secret.ts";

export function processHost(): Host {
  const { stdin, stdout, stderr, env } = process;
  const { signal, deadline } = endingSignals();
  const isInteractive = isTerminal(stdin) && isTerminal(stderr) && env["CI"] === undefined;
  return {
    cwd: process.cwd(),
    env,
    out: (line) => writeAll(1, line),
    err: (line) => writeAll(2, line),
    isInteractive,
    hasColors: hasColors(isTerminal(stdout), env),
    hasErrorColors: hasColors(isTerminal(stderr), env),
    width: stdout.columns || 100,
    signal,
    deadline,
    abandon: (code) => process.exit(code),
    readSecret: (prompt) =>
      readSecret(stdin, { prompt, show: (text) => void process.stderr.write(text), signal }),
    confirm: (question) => (isInteractive ? confirm(question, signal) : Promise.resolve(false)),
  };
}

/** What is no terminal has no `isTTY` at all, whatever the types of Node say. */
const isTerminal = (stream: { readonly isTTY?: boolean }): boolean => stream.isTTY === true;

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, and both over the terminal. */
function hasColors(isTty: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] !== undefined) return env["FORCE_COLOR"] !== "0";
  return isTty && env["TERM"] !== "dumb";
}

/** The last net: whatever looks like a key is not written. */
const writeAll = (descriptor: 1 | 2, line: string): void => writeRaw(descriptor, redactKeys(line));

/** Synchronous, so that nothing is lost at exit; `text` as it is. */
export function writeRaw(descriptor: 1 | 2, text: string): void {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EAGAIN") continue;
      // A log that cannot be written, on a full disk say, must not end an apply half-way.
      if (code === "EPIPE" || descriptor === 2) return;
      throw error;
    }
  }
}

/** Less than what `docker stop` and the runners of CI leave a process before they kill it. */
const GRACE_MS = 5_000;

function endingSignals(): Pick<Host, "signal" | "deadline"> {
  const [asked, late] = [new AbortController(), new AbortController()];
  const end = (signal: NodeJS.Signals): void => {
    if (asked.signal.aborted) process.exit(signal === "SIGINT" ? 130 : 143);
    asked.abort(signal);
    setTimeout(() => late.abort(), GRACE_MS).unref();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  return { signal: asked.signal, deadline: late.signal };
}

/** Ctrl+C, Ctrl+D and being asked to end are a no. */
async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    process.stderr.write("\n");
    return false;
  } finally {
    lines.close();
  }
}
