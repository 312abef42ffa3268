/** A server in a process of its own, for as long as it is measured. */

import { once } from "node:events";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Starts `script`, which prints its URL first, and gives what `work` gives: `work({ url, pid })`. */
export async function withServer(script, directory, work) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, directory], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [url] = await once(createInterface({ input: child.stdout }), "line");
    return await work({ url, pid: child.pid });
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }
}
