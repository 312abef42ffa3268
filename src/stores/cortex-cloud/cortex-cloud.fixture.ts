/** A small real server that answers as a test says, and the adapter before it. */

import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { ErrorCode, KeywrightError } from "../../core/error.ts";
import type { LiveKey } from "../../core/live.ts";
import type { CreateKeyRequest, KeyStore, Wanted } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { openHttpTransport } from "../../http/http-transport.ts";
import { createRequestLimiter } from "../../http/request-limiter.ts";
import {
  createCortexCloudStore,
  type CortexCloudStoreOptions,
  openCortexCloudStore,
} from "./cortex-cloud.ts";

export const NOW = "2026-11-21T08:15:00.000Z";
export const EXPIRES = "2027-01-31T10:00:00.000Z";

export interface Asked {
  /** Method and path. */
  readonly what: string;
  readonly headers: IncomingHttpHeaders;
  /** The `request_data` of its body. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Status, body (text as it is, anything else as JSON) and headers; undefined: the connection is cut. */
export type Answer = readonly [number, unknown, Readonly<Record<string, string>>?] | undefined;
export type Handler = (asked: Asked) => Answer;

export interface Against {
  readonly store: KeyStore;
  readonly seen: readonly Asked[];
}

export const LIST = "POST /public_api/v1/api_keys/get_api_keys";
export const GENERATE = "POST /public_api/v1/api_keys/generate";
export const DELETE = "POST /public_api/v1/api_keys/delete";
export const ROLES = "GET /platform/iam/v1/role";
export const keyPath = (method: "GET" | "PUT", id = 87): string => `${method} /platform/iam/v1/api-key/${id}`;
export const scopePath = (method: "GET" | "PUT", id = 87): string =>
  `${method} /platform/iam/v1/scope/api-key/${id}`;

export const MARKER = { instance: "acme", name: "scanner", generation: 3, operation: "7f3a9c2bq4ud" };
export const COMMENT = "Scans [kw acme/scanner g3 7f3a9c2bq4ud]";

export const record = (over: Readonly<Record<string, unknown>> = {}) => ({
  id: 87,
  creation_time: Date.parse("2026-11-20T08:00:00Z"),
  created_by: "Ada",
  user_name: "ada@acme.example",
  roles: ["Public API Action"],
  security_level: "standard",
  comment: COMMENT,
  expiration: Date.parse(EXPIRES),
  ...over,
});

export const role = (pretty_name: string, role_id: string) => ({ role_id, pretty_name, is_custom: false });

/** What a tenant answers when all goes well, each by what was asked. */
export const WELL: Readonly<Record<string, unknown>> = {
  [ROLES]: {
    data: [role("Public API Action", "r-action"), role("Viewer", "r-viewer")],
    metadata: { total_count: 2 },
  },
  [GENERATE]: { reply: { id: 87, key: "secret-of-the-tenant" } },
  [DELETE]: { reply: { update_count: 1 } },
  [LIST]: { reply: { DATA: [record()], FILTER_COUNT: 1, TOTAL_COUNT: 1 } },
  [keyPath("GET")]: { data: record() },
  [keyPath("PUT")]: { data: { message: "api_key_id 87 updated successfully." } },
  [scopePath("PUT")]: { data: { message: "done" } },
};

/** All goes well but for `odd`: a body for status 200, or a handler. */
export const well =
  (odd: Readonly<Record<string, unknown>> = {}): Handler =>
  (asked) => {
    const answer = { ...WELL, ...odd }[asked.what];
    if (typeof answer === "function") return (answer as Handler)(asked);
    return answer === undefined ? [500, "Internal Server Error (waitress)"] : [200, answer];
  };

export async function openAgainst(
  handle: Handler,
  { isGreeted = false, ...over }: Partial<CortexCloudStoreOptions> & { readonly isGreeted?: boolean } = {},
): Promise<Against> {
  const seen: Asked[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      const { request_data: data = {} } = (text === "" ? {} : JSON.parse(text)) as {
        request_data?: Asked["data"];
      };
      const asked = { what: `${request.method} ${request.url}`, headers: request.headers, data };
      seen.push(asked);
      const [status, body, headers] = handle(asked) ?? [];
      if (status === undefined) return request.socket.destroy();
      response.writeHead(status, { "content-type": "application/json", ...headers });
      return response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
  const identity = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = isGreeted ? openCortexCloudStore : createCortexCloudStore;
  const store = await open({
    transport: openHttpTransport(identity),
    credential: { keyId: "1", key: Secret.of("credential-of-the-test"), securityLevel: "standard" },
    clock: { now: () => new Date(NOW) },
    random: { bytes: (length) => randomBytes(length) },
    identity,
    limiter: createRequestLimiter({ perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 }),
    retryPausesMs: [1, 1],
    ...over,
  });
  onTestFinished(async () => {
    await store.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { store, seen };
}

export async function listed(store: KeyStore, wanted?: Wanted): Promise<readonly LiveKey[]> {
  const keys: LiveKey[] = [];
  for await (const each of store.list("ApiKey", undefined, wanted)) keys.push(each);
  return keys;
}

export const aRequest = (over: Partial<CreateKeyRequest> = {}): CreateKeyRequest => ({
  kind: "ApiKey",
  marker: MARKER,
  displayName: "Scanner",
  description: "Scans",
  labels: {},
  roles: [{ type: "default", role: "Public API Action" }],
  expiresAt: EXPIRES,
  securityLevel: "standard",
  ...over,
});

/** What it threw; an error of the test when it did not. */
export const errorOf = (work: Promise<unknown>): Promise<KeywrightError> =>
  work.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: unknown) => error as KeywrightError,
  );

export const codeOf = async (work: Promise<unknown>): Promise<ErrorCode> => (await errorOf(work)).code;

export const fault = (code: number | string, message: string, extra: unknown = null) => ({
  reply: { err_code: code, err_msg: message, err_extra: extra },
});

export const iamFault = (message: string, extra: unknown = null) => ({
  data: { err_msg: message, metadata: { err_code: 400, err_extra: extra } },
});
