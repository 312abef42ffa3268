/** `keywright serve`: the key store over HTTP, until it is asked to end. */

import { KeywrightError } from "../../core/error.ts";
import { type NoticeOptions, readNoticeSettings } from "../../server/notices/read-notice-settings.ts";
import { serve as serveStore } from "../../server/serve.ts";
import type { Host } from "../host.ts";
import { loggerFor } from "../open-project.ts";
import type { GlobalOptions } from "../program.ts";
import { readStorePlace } from "../read-store-place.ts";
import type { StoreOptions } from "../store-options.ts";

export interface ServeCommandOptions extends GlobalOptions, StoreOptions, NoticeOptions {
  readonly host: string;
  readonly port: string;
  readonly allowPlainHttp?: boolean;
  readonly trustedProxy?: readonly string[];
}

export async function serve(host: Host, options: ServeCommandOptions): Promise<number> {
  const port = Number(options.port);
  if (!/^\d{1,5}$/.test(options.port) || port > 65_535) {
    throw new KeywrightError("USAGE", `--port ${JSON.stringify(options.port)} is no port`, {
      hint: "0 to 65535",
    });
  }
  const notices = await readNoticeSettings(options, host);
  const logger = loggerFor(host, options);
  const running = await serveStore({
    ...(await readStorePlace(host, options)),
    host: options.host,
    port,
    logger,
    notices,
    ...(options.allowPlainHttp && { allowPlainHttp: true }),
    ...(options.trustedProxy && { trustedProxies: options.trustedProxy }),
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
