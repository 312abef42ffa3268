/** Runs git without a shell and without hooks, with bytes in and out: for what has to stay exact, such as names and contents. */

import { spawn } from "node:child_process";
import { devNull } from "node:os";

export interface GitOptions {
  readonly directory: string;
  /** As `gitEnvironment` makes it. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface GitChild {
  readonly input: NodeJS.WritableStream;
  readonly output: AsyncIterable<Buffer>;
  /** Resolves when it has ended: its exit code (-1: it could not be started) and what it said. */
  readonly ended: Promise<{ readonly code: number; readonly message: string }>;
  /** Ends it, if it is still there. */
  stop(): void;
}

export function startGit(args: readonly string[], { directory, environment }: GitOptions): GitChild {
  const child = spawn("git", ["-c", `core.hooksPath=${devNull}`, "--literal-pathspecs", ...args], {
    cwd: directory,
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  // A child that ends early closes its input; its exit code tells why.
  child.stdin.on("error", () => undefined);
  const messages: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => messages.length < 100 && messages.push(chunk));
  const ended = new Promise<{ readonly code: number; readonly message: string }>((resolve) => {
    child.on("error", (error) => resolve({ code: -1, message: error.message }));
    child.on("close", (code) =>
      resolve({ code: code ?? -1, message: Buffer.concat(messages).toString("utf8").trim() }),
    );
  });
  return { input: child.stdin, output: child.stdout, ended, stop: () => child.kill() };
}

export interface GitAnswer {
  readonly code: number;
  readonly output: Buffer;
  readonly message: string;
}

/** Never throws because git failed: look at `code`. */
export async function runGit(
  args: readonly string[],
  options: GitOptions,
  input: Uint8Array | string = "",
): Promise<GitAnswer> {
  const child = startGit(args, options);
  child.input.end(input);
  const chunks: Buffer[] = [];
  for await (const chunk of child.output) chunks.push(chunk);
  return { ...(await child.ended), output: Buffer.concat(chunks) };
}
