/** The store that trials run against, as its keeper sees it: past the proxy. Another kind of store is another one of these. */

import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Effect } from "../../src/core/ledger-event.ts";
import type { LiveKey, OwnedKey } from "../../src/core/live.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { Secret } from "../../src/core/secret.ts";
import { serve } from "../../src/server/serve.ts";
import { createKeywrightStore } from "../../src/stores/keywright.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { makeForeignKey } from "../e2e/store.fixture.ts";
import type { ProxiedRequest } from "./fault-proxy.fixture.ts";

/** What the ledger must have announced before the store hears of it. */
export interface Announcement {
  readonly effect: Effect;
  /** Part of the intent, as JSON: what else is known of it. */
  readonly about?: string;
}

export interface TrialStore {
  /** Where it is reached without a proxy. */
  readonly url: string;
  /** The `store:` of a configuration that reaches it at `url`; the credential is in the variable STORE_TOKEN. */
  settings(url: string): string;
  readonly token: string;
  /** Ours and foreign ones: all that are not revoked. */
  keys(): Promise<readonly LiveKey[]>;
  /** The id of the key that `value` authenticates; undefined when it is refused. */
  identify(value: string): Promise<string | undefined>;
  /** Whether a consumer with `value` is let in. */
  admits(value: string): Promise<boolean>;
  /** Its roles, as manifests write them; `hasCustom`: whether manifests can declare others. */
  readonly roles: { readonly reader: string; readonly user: string; readonly hasCustom: boolean };
  /** Whether it makes the secrets itself: then a key is active before its secret is anywhere else. */
  readonly isMinting: boolean;
  /** Whether the request changes nothing. */
  isReading(request: ProxiedRequest): boolean;
  /** Whether the request may make a key that nobody is told of. */
  mayMint(request: ProxiedRequest): boolean;
  /** Undefined for what only reads. */
  announcementOf(request: ProxiedRequest): Announcement | undefined;
  /** Kills the store and starts it again; where it can be done. */
  readonly restart?: () => Promise<void>;
  /** A key made by hand; gives its id. */
  makeForeign(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Our own store by its own API, with which its keeper can do more. */
export interface OwnTrialStore extends TrialStore {
  /** Another key that may do everything. */
  makeAdministrator(): Promise<{ readonly id: string; readonly value: string }>;
  revoke(id: string): Promise<void>;
}

export const ownedBy = (keys: readonly LiveKey[], instance: string): readonly OwnedKey[] =>
  keys.filter((key): key is OwnedKey => key.marker?.instance === instance);

/** A server started by `keywright serve`. */
export function openTrialStore(url: string, token: string): OwnTrialStore {
  let opening: Promise<KeyStore> | undefined;
  const store = (): Promise<KeyStore> => {
    const options = { credential: Secret.of(token), identify: () => url };
    opening ??= createKeywrightStore(openHttpTransport(url), options);
    return opening;
  };
  return {
    url,
    token,
    settings: (at) => `{ driver: keywright, url: "${at}", credential: { env: STORE_TOKEN } }`,
    keys: async () => {
      const opened = await store();
      const keys: LiveKey[] = [];
      for await (const key of opened.list("ApiKey")) if (key.id !== opened.ownKeyId) keys.push(key);
      return keys;
    },
    identify: async (value) => {
      const answer = await (await store()).verify(Secret.of(value));
      return answer.valid ? answer.id : undefined;
    },
    admits: (value) => isLetIn(url, value),
    roles: { reader: "READ_ONLY", user: "USER", hasCustom: true },
    isMinting: false,
    isReading: ({ method }) => method === "GET",
    mayMint: ({ method }) => method === "POST",
    announcementOf,
    makeForeign: (name) => makeForeignKey(url, token, `${name} ${randomBytes(2).toString("hex")}`),
    makeAdministrator: async () => {
      const answer = await fetch(`${url}/v1/keys`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": randomBytes(8).toString("hex"),
        },
        body: JSON.stringify({ name: "administrator", roles: [{ type: "default", role: "ADMIN" }] }),
      });
      const { id, secret } = (await answer.json()) as { id: string; secret: string };
      return { id, value: secret };
    },
    revoke: async (id) => (await store()).revoke({ kind: "ApiKey", id }),
    close: async () => (await opening)?.close(),
  };
}

/** By the store's own API, which every one of its keys may ask for the store's name. */
export async function isLetIn(url: string, key: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/store`, { headers: { authorization: `Bearer ${key}` } });
  await answer.arrayBuffer();
  return answer.status !== 401;
}

/** The same, in this process: one for all tests of a file. */
export async function serveTrialStore(): Promise<OwnTrialStore> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-kill-"));
  const server = await serve({ directory, port: 0 });
  const store = openTrialStore(server.url, (await readFile(server.adminTokenFile, "utf8")).trim());
  return {
    ...store,
    close: async () => {
      await store.close();
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const ROUTES: readonly (readonly [RegExp, Effect, "operation" | "target" | "name" | undefined])[] = [
  [/^POST \/v1\/keys$/, "create-key", "operation"],
  [/^POST \/v1\/verify$/, "verify-key", undefined],
  [/^PATCH \/v1\/keys\/([^/]+)$/, "update-key", "target"],
  [/^DELETE \/v1\/keys\/([^/]+)$/, "revoke-key", "target"],
  [/^DELETE \/v1\/roles\/([^/]+)$/, "revoke-role", "name"],
];

function announcementOf({ method, path, headers }: ProxiedRequest): Announcement | undefined {
  if (method === "GET") return undefined;
  const line = `${method} ${path}`;
  const role = /^PUT \/v1\/roles\/([^/]+)$/.exec(line)?.[1];
  if (role !== undefined) {
    return { effect: "if-match" in headers ? "update-role" : "create-role", about: `"name":"${role}"` };
  }
  for (const [route, effect, field] of ROUTES) {
    const found = route.exec(line);
    if (!found) continue;
    const value = field === "operation" ? headers["idempotency-key"] : found[1];
    return { effect, ...(field && { about: `"${field}":"${value}"` }) };
  }
  throw new Error(`nobody expected ${line}`);
}
