/** The Action's entry. */

import { processHost, writeRaw } from "../cli/process-host.ts";
import { runAction } from "./run-action.ts";

const host = processHost();
const { signal, deadline } = host;

const code = await runAction({
  env: process.env,
  write: (text) => host.out(text),
  writeMask: (line) => writeRaw(1, line),
  signal,
  deadline,
});
// What still answers nobody when a run was cancelled is not waited for.
if (signal.aborted) process.exit(code);
process.exitCode = code;
