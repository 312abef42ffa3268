import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { KeywrightError } from "../core/error.ts";
import type { KeyFormat } from "../core/key-format.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { trustProxies } from "./access/trusted-proxies.ts";
import { createApp } from "./create-app.ts";
import { isLoopback } from "../core/is-loopback.ts";
import { createNotifier } from "./notices/notifier.ts";
import { DEFAULT_NOTICE_DAYS, type NoticeSettings } from "./notices/read-notice-settings.ts";
import { addServerParts } from "./operations/add-server-parts.ts";
import { closeGracefully } from "./operations/close-gracefully.ts";
import { keepHouse } from "./operations/keep-house.ts";
import { SILENT, type ServerLog } from "./server-log.ts";
import { openStoreDirectory } from "./store-directory.ts";

export interface ServeOptions {
  readonly directory: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: 4180; 0: any free port. */
  readonly port?: number;
  /** As in `openStoreDirectory`. */
  readonly databaseUrl?: Secret;
  readonly pepperFile?: string;
  readonly kekFile?: string;
  /** Listen on other than loopback without TLS: something in front of the server must encrypt. */
  readonly allowPlainHttp?: boolean;
  /** Addresses and ranges of the proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Default: 30, 7 and 1 days before, to the log only. */
  readonly notices?: NoticeSettings;
  readonly keyFormat?: KeyFormat;
  readonly logger?: ServerLog;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface RunningServer {
  readonly url: string;
  readonly storeId: string;
  readonly adminTokenFile: string;
  /** The token file was written by this start. */
  readonly firstStart: boolean;
  /** Finishes the requests and notices under way, then lets go of the port and the database. */
  close(): Promise<void>;
}

const SYSTEM_CLOCK: Clock = { now: () => new Date() };
const SYSTEM_RANDOM: Random = { bytes: (length) => randomBytes(length) };
const LOG_ONLY: NoticeSettings = { daysBefore: DEFAULT_NOTICE_DAYS };

/**
 * Serves the key store in `directory` over HTTP. Throws STORE_UNUSABLE (the directory or the
 * database), SERVER_FAILED (the address) or USAGE (a public address without `allowPlainHttp`, a proxy that is no
 * address, a database URL that is not fit).
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", port = 4180, logger = SILENT, notices = LOG_ONLY } = options;
  if (!isLoopback(host) && options.allowPlainHttp !== true) throw exposed(host);
  const trustProxy = trustProxies(options.trustedProxies ?? []);
  const opened = await openStoreDirectory({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM, ...options });
  const app = createApp(opened.context, logger, { trustProxy, extend: addServerParts });
  try {
    await listen(app, host, port);
  } catch (error) {
    await app.close();
    await opened.close();
    throw error;
  }
  const notifier = createNotifier(opened.context, notices, logger);
  notifier.start();
  const house = keepHouse(opened.context, logger);
  return {
    url: urlOf(app),
    storeId: opened.context.storeId,
    adminTokenFile: opened.adminTokenFile,
    firstStart: opened.firstStart,
    close: async () => {
      await Promise.all([notifier.close(), house.stop(), closeGracefully(app)]);
      await opened.close();
    },
  };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new KeywrightError("SERVER_FAILED", `The server cannot listen on ${host}:${port} (${reason}).`, {
      hint:
        reason === "EADDRINUSE"
          ? "Something listens there already; choose another port."
          : "Choose another host or port.",
      cause,
    });
  }
}

function urlOf(app: FastifyInstance): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

const exposed = (host: string): KeywrightError =>
  new KeywrightError(
    "USAGE",
    `The server would listen on ${host} without TLS: keys could be read on the way.`,
    {
      hint: "Listen on 127.0.0.1 behind a TLS proxy, or pass --allow-plain-http if something in front encrypts.",
    },
  );
