/** `keywright serve` in a process of its own. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const CLI = process.env.KEYWRIGHT_MAIN ?? fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Over a new store in `directory`. Gives `{ url, token, tokenFile, close }`. */
export async function openServer(directory) {
  const child = spawn(process.execPath, [CLI, "serve", "--port", "0", "--directory", directory], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  const url = await Promise.race([urlOf(child), ended.then(() => undefined)]);
  if (url === undefined) throw new Error("the key store's server ended at once");
  const tokenFile = join(directory, "admin-token");
  return {
    url,
    tokenFile,
    token: (await readFile(tokenFile, "utf8")).trim(),
    close: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function urlOf({ stdout }) {
  for await (const line of createInterface({ input: stdout })) {
    const [, url] = /^Listening on (http:\S+)/.exec(line) ?? [];
    if (url !== undefined) {
      stdout.resume();
      return url;
    }
  }
  return undefined;
}
