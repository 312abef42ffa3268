/** `keywright serve`: the key store over HTTP, until it is asked to end. */

import { resolve } from "node:path";
import { KeywrightError } from "../../core/error.ts";
import { serve as serveStore } from "../../server/serve.ts";
import type { Host } from "../host.ts";
import { loggerFor } from "../open-project.ts";
import type { GlobalOptions } from "../program.ts";

export interface ServeCommandOptions extends GlobalOptions {
  readonly directory: string;
  readonly host: string;
  readonly port: string;
  readonly pepperFile?: string;
  readonly allowPlainHttp?: boolean;
}

export async function serve(host: Host, options: ServeCommandOptions): Promise<number> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new KeywrightError("USAGE", `--port ${options.port} is no port`, { hint: "0 to 65535" });
  }
  const logger = loggerFor(host, options);
  const running = await serveStore({
    directory: resolve(host.cwd, options.directory),
    host: options.host,
    port,
    logger,
    ...(options.pepperFile !== undefined && { pepperFile: resolve(host.cwd, options.pepperFile) }),
    ...(options.allowPlainHttp && { allowPlainHttp: true }),
  });
  if (running.firstStart) {
    host.out(`First start: the administrator's token is in ${running.adminTokenFile}\n`);
  }
  host.out(`Listening on ${running.url} (store ${running.storeId})\n`);
  await ended(host.signal);
  await running.close();
  return 0;
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
