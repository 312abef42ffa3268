import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { KeywrightError } from "../core/error.ts";
import type { KeyFormat } from "../core/key-format.ts";
import type { Clock, Random } from "../core/ports.ts";
import { createApp } from "./create-app.ts";
import { SILENT, type ServerLog } from "./server-log.ts";
import { openStoreDirectory } from "./store-directory.ts";

export interface ServeOptions {
  readonly directory: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: 4180; 0: any free port. */
  readonly port?: number;
  readonly pepperFile?: string;
  /** Listen on other than loopback without TLS: something in front of the server must encrypt. */
  readonly allowPlainHttp?: boolean;
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
  /** Finishes the requests under way, then lets go of the port and the database. */
  close(): Promise<void>;
}

const SYSTEM_CLOCK: Clock = { now: () => new Date() };
const SYSTEM_RANDOM: Random = { bytes: (length) => randomBytes(length) };

/**
 * Serves the key store in `directory` over HTTP. Throws STORE_UNUSABLE (the directory), SERVER_FAILED (the
 * address) or USAGE (a public address without `allowPlainHttp`).
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", port = 4180, logger = SILENT } = options;
  if (!isLoopback(host) && options.allowPlainHttp !== true) throw exposed(host);
  const opened = await openStoreDirectory({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM, ...options });
  const app = createApp(opened.context, logger);
  try {
    await listen(app, host, port);
  } catch (error) {
    await app.close();
    await opened.close();
    throw error;
  }
  return {
    url: urlOf(app),
    storeId: opened.context.storeId,
    adminTokenFile: opened.adminTokenFile,
    firstStart: opened.firstStart,
    close: async () => {
      await app.close();
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

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

const exposed = (host: string): KeywrightError =>
  new KeywrightError(
    "USAGE",
    `The server would listen on ${host} without TLS: keys could be read on the way.`,
    {
      hint: "Listen on 127.0.0.1 behind a TLS proxy, or pass --allow-plain-http if something in front encrypts.",
    },
  );
