/** `keywright serve` as a process of its own. */

import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { CONFIG, type Project, type Result, runMain } from "./project.fixture.ts";

export interface Server {
  readonly url: string;
  readonly port: number;
  /** All that it has printed on stdout so far. */
  out(): string;
  /** Its data directory's administrator token, without the line end. */
  token(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Settles when the process has ended. */
  readonly ended: Promise<Result>;
}

/** On a free port unless told; over `.keywright/store` of the project. Killed when the test is over. */
export function startServer(project: Project, port = 0): Promise<Server> {
  return new Promise((done, fail) => {
    let child: ChildProcess | undefined;
    let out = "";
    const ended = runMain(["serve", "--port", String(port)], {
      cwd: project.directory,
      onStart: (started) => (child = started),
      onOut: (text) => {
        out = text;
        const url = /Listening on (http:\S+:(\d+))/.exec(text);
        if (!url) return;
        done({
          url: url[1] ?? "",
          port: Number(url[2]),
          out: () => out,
          token: async () =>
            (await readFile(join(project.directory, ".keywright/store/admin-token"), "utf8")).trim(),
          kill: (signal) => void child?.kill(signal),
          ended,
        });
      },
    });
    void failWhenEnded();
    async function failWhenEnded(): Promise<void> {
      const result = await ended;
      project.heard(result.out + result.err);
      fail(new Error(`the server ended: ${result.err}`));
    }
    onTestFinished(async () => {
      child?.kill("SIGKILL");
      await ended;
    });
  });
}

/** `CONFIG`, on a store over HTTP. */
export const httpConfig = (url: string, credential: string): string =>
  CONFIG.replace(
    /^store: .*$/m,
    `store: { driver: keywright, url: "${url}", credential: { ${credential} } }`,
  );

/** `CONFIG`, on the same server by the API that Cortex Cloud has. The first administrator's key is the first of all. */
export const cortexCloudConfig = (url: string, credential: string): string =>
  httpConfig(url, credential).replace("driver: keywright", "driver: cortex-cloud, keyId: 1");

/** `CONFIG`, on the same server by the API that Cortex has. */
export const cortexConfig = (url: string, credential: string): string =>
  httpConfig(url, credential).replace("driver: keywright", "driver: cortex");
