/** Short ways to call the façade, signing as the vendor documents it and not as the server implements it. */

import { createHash, randomInt } from "node:crypto";
import type { Secret } from "../../../core/secret.ts";
import { type Answer, type TestServer, openTestServer } from "../../server.fixture.ts";
import type { ServerLog } from "../../server-log.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export const WIDE_LIMIT = { requests: 1_000_000, windowMs: 1000 };

/** A key as its owner has it. */
export interface CloudKey {
  readonly id: number;
  readonly key: string;
  readonly level: "standard" | "advanced";
}

export type Headers = Readonly<Record<string, string>>;

export const newNonce = (): string => Array.from({ length: 64 }, () => LETTERS[randomInt(62)]).join("");

export function signedHeaders(
  { id, key }: CloudKey,
  timestamp: number | string,
  nonce = newNonce(),
): Headers {
  return {
    "x-xdr-auth-id": String(id),
    "x-xdr-nonce": nonce,
    "x-xdr-timestamp": String(timestamp),
    authorization: createHash("sha256").update(`${key}${nonce}${timestamp}`).digest("hex"),
  };
}

export interface CloudServer extends TestServer {
  readonly root: CloudKey;
  headersOf(key: CloudKey): Headers;
  /** `POST /public_api/v1/api_keys/generate`, with `request_data` around the body; as the first administrator. */
  ask(target: string, requestData?: unknown, as?: CloudKey | Headers): Promise<Answer>;
  /** Throws unless it is made. */
  generate(overrides?: Readonly<Record<string, unknown>>, as?: CloudKey): Promise<CloudKey>;
}

export async function openCloudServer(limit = WIDE_LIMIT, log?: ServerLog): Promise<CloudServer> {
  const server = await openTestServer(log, { cortexCloudLimit: limit });
  const root: CloudKey = { id: 1, key: reveal(server.admin), level: "standard" };
  const headersOf = (key: CloudKey): Headers =>
    key.level === "advanced"
      ? signedHeaders(key, server.clock.now().getTime())
      : { "x-xdr-auth-id": String(key.id), authorization: key.key };
  const ask: CloudServer["ask"] = (target, requestData, as = root) =>
    server.call(target, {
      token: null,
      headers: isKey(as) ? headersOf(as) : as,
      ...(requestData === undefined ? {} : { body: { request_data: requestData } }),
    });
  const generate: CloudServer["generate"] = async (overrides = {}, as = root) => {
    const wanted = { roles: ["Viewer"], security_level: "standard", ...overrides };
    const { status, text, body } = await ask("POST /public_api/v1/api_keys/generate", wanted, as);
    if (status !== 200) throw new Error(text);
    const { id, key } = body["reply"] as { id: number; key: string };
    return { id, key, level: wanted.security_level as CloudKey["level"] };
  };
  return { ...server, root, headersOf, ask, generate };
}

const reveal = (secret: Secret): string => secret.reveal();

const isKey = (value: CloudKey | Headers): value is CloudKey => typeof value["id"] === "number";

/** The records of a list's answer. */
export const dataOf = ({ body }: Answer): readonly Readonly<Record<string, unknown>>[] =>
  (body["reply"] as { DATA: readonly Record<string, unknown>[] }).DATA;
