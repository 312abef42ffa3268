/** Runs a tool's process to its end, however that comes. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const PRELOAD = fileURLToPath(new URL("strike-writes.mjs", import.meta.url));

/** Nothing takes so long; what hangs is a fault of the bench or of the tool, and is told as one. */
const LIMIT_MS = 120_000;

/**
 * `env`: besides the tool's own. `onStart` is given `kill`, which resolves when the process is gone. Gives
 * `{ code, printed }`; the code is null for a process that was killed.
 */
export async function runTool(tool, work, role, { env = {}, onStart = () => undefined } = {}) {
  await tool.declare?.(work, role);
  const command = tool.commandOf(work, role);
  const child = spawn(process.execPath, ["--import", PRELOAD, ...command.args], {
    cwd: work.directory,
    env: {
      PATH: process.env.PATH,
      HOME: work.directory,
      NO_COLOR: "1",
      STRIKE_DIRECTORY: work.sink,
      ...command.env,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  onStart(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, LIMIT_MS);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  clearTimeout(limit);
  if (isLate) throw new Error(`${tool.name} did not end within ${LIMIT_MS / 1_000} s:\n${err.slice(-2_000)}`);
  return { code, printed: out + err };
}
