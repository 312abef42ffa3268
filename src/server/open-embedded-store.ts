import type { Secret } from "../core/secret.ts";
import { readAdminToken } from "./admin-token.ts";
import { createApp } from "./create-app.ts";
import type { ServerLog } from "./server-log.ts";
import { type StoreDirectoryOptions, openStoreDirectory } from "./store-directory.ts";

export interface InProcessRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
}

export interface InProcessResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface EmbeddedStore {
  /** The first administrator's key. */
  readonly adminToken: Secret;
  /** Answers as the HTTP server would, without a network. */
  inject(request: InProcessRequest): Promise<InProcessResponse>;
  close(): Promise<void>;
}

/**
 * The key store in this process. Other processes, a server among them, may have the same directory open. Throws
 * STORE_UNUSABLE.
 */
export async function openEmbeddedStore(
  options: StoreDirectoryOptions & { readonly logger?: ServerLog },
): Promise<EmbeddedStore> {
  const opened = await openStoreDirectory(options);
  try {
    const adminToken = await readAdminToken(opened.adminTokenFile);
    const app = createApp(opened.context, options.logger, { inProcess: true });
    await app.ready();
    return {
      adminToken,
      inject: async ({ method, path, headers, body }) => {
        const payload = body === undefined ? {} : { payload: body };
        const response = await app.inject({ method, url: path, headers, ...payload });
        return {
          status: response.statusCode,
          headers: textHeaders(response.headers),
          body: response.payload,
        };
      },
      close: async () => {
        await app.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

const textHeaders = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
