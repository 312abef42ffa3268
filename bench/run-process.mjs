/** Runs one Node process to its end and measures it from outside: wall time, CPU time, highest resident size. */

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const REPORTER = fileURLToPath(new URL("report-usage.mjs", import.meta.url));
const REPORT_FD = 3;

/**
 * `args` are Node's. `hasReport`: whether to load the reporter too, which costs the child about two milliseconds;
 * without it only the wall time is known. Throws when the exit code is not 0 or `expects` is not in the output.
 * Gives `{ ms, cpuMs, peakMb, output }`.
 */
export async function runProcess(args, { cwd, env = process.env, hasReport = true, expects }) {
  const preload = hasReport ? ["--import", REPORTER] : [];
  const started = performance.now();
  const child = spawn(process.execPath, [...preload, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve({ code, ms: performance.now() - started }));
  });
  const [output, errors, report, { code, ms }] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    text(child.stdio[REPORT_FD]),
    ended,
  ]);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${errors.slice(-2_000)}`);
  if (expects !== undefined && !output.includes(expects)) {
    throw new Error(`${args.join(" ")} did not print "${expects}":\n${output.slice(-2_000)}`);
  }
  return { ms, output, ...(hasReport && JSON.parse(report)) };
}
