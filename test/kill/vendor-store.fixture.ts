/** Trials by the APIs of Cortex and Cortex Cloud, as our own server has them: the same store, in the vendors' words. */

import { last4Of } from "../../src/core/key-format.ts";
import type { LiveKey } from "../../src/core/live.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { Secret } from "../../src/core/secret.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createRequestLimiter } from "../../src/http/request-limiter.ts";
import { createCortexCloudStore } from "../../src/stores/cortex-cloud/cortex-cloud.ts";
import { createCortexStore } from "../../src/stores/cortex/cortex.ts";
import { splitMarker } from "../../src/stores/text-marker.ts";
import type { ProxiedRequest } from "./fault-proxy.fixture.ts";
import { type Announcement, isLetIn, type TrialStore } from "./trial-store.fixture.ts";

type Vendor = Pick<TrialStore, "announcementOf" | "isReading" | "mayMint" | "roles" | "settings"> & {
  open(url: string, token: Secret): KeyStore;
  /** What the server lets in, of a value that a consumer has. */
  keyIn(value: string): string;
  /** Of the key that `value` belongs to, among those listed. */
  isOf(key: LiveKey, value: string): boolean;
  makeForeign(url: string, token: string, name: string): Promise<unknown>;
};

/** What the keeper asks is not part of the trial. */
const unhurried = () => createRequestLimiter({ perMinute: 1_000_000, burst: 1_000, longestWaitMs: 60_000 });
const clock = { now: () => new Date() };

/** A server started by `keywright serve`, by its façade. */
export function openVendorStore(vendor: Vendor, url: string, token: string): TrialStore {
  const store = vendor.open(url, Secret.of(token));
  const keys = async (): Promise<readonly LiveKey[]> => {
    const listed: LiveKey[] = [];
    for await (const key of store.list("ApiKey")) listed.push(key);
    return listed;
  };
  const { announcementOf, isReading, mayMint, roles, settings } = vendor;
  const admits = (value: string): Promise<boolean> => isLetIn(url, vendor.keyIn(value));
  return {
    isMinting: true,
    url,
    token,
    announcementOf,
    isReading,
    mayMint,
    roles,
    settings,
    keys,
    admits,
    identify: async (value) =>
      (await admits(value)) ? (await keys()).find((key) => vendor.isOf(key, value))?.id : undefined,
    makeForeign: async (name) => {
      const before = new Set((await keys()).map(({ id }) => id));
      await vendor.makeForeign(url, token, name);
      const made = (await keys()).find(({ id }) => !before.has(id));
      if (!made) throw new Error(`the key ${name} is not listed`);
      return made.id;
    },
    close: () => store.close(),
  };
}

const CORTEX_KEY = /^\/api\/v1\/auth\/key\/([^/?]+)$/;

export const CORTEX: Vendor = {
  roles: { reader: "READ_ONLY", user: "USER", hasCustom: false },
  settings: (at) => `{ driver: cortex, url: "${at}", credential: { env: STORE_TOKEN } }`,
  open: (url, credential) =>
    createCortexStore({
      transport: openHttpTransport(url),
      credential,
      clock,
      identity: url,
      limiter: unhurried(),
    }),
  keyIn: (value) => value,
  isOf: ({ last4 }, value) => last4 === last4Of(Secret.of(value)),
  isReading: ({ method }) => method === "GET",
  mayMint: ({ method }) => method === "POST",
  makeForeign: (url, token, name) =>
    post(
      `${url}/api/v1/auth/key`,
      { authorization: `Bearer ${token}` },
      {
        name,
        roles: [{ type: "DEFAULT", role: "READ_ONLY" }],
      },
    ),
  announcementOf: ({ method, path, body }) => {
    if (method === "GET") return undefined;
    if (method === "POST" && path === "/api/v1/auth/key")
      return { effect: "create-key", about: operationIn(fieldsOf(body)["description"]) };
    const id = CORTEX_KEY.exec(path)?.[1];
    if (id === undefined) throw new Error(`nobody expected ${method} ${path}`);
    return about(method === "PUT" ? "update-key" : "revoke-key", decodeURIComponent(id));
  },
};

const CLOUD_KEYS = "/public_api/v1/api_keys";
const CLOUD_KEY = /^\/platform\/iam\/v1\/api-key\/(\d+)$/;
/** The first administrator's key is the first of all. */
const ADMINISTRATOR = "1";

export const CORTEX_CLOUD: Vendor = {
  roles: { reader: "{ name: Viewer }", user: "{ name: Investigator }", hasCustom: false },
  settings: (at) =>
    `{ driver: cortex-cloud, url: "${at}", keyId: ${ADMINISTRATOR}, credential: { env: STORE_TOKEN } }`,
  open: (url, key) =>
    createCortexCloudStore({
      transport: openHttpTransport(url),
      credential: { keyId: ADMINISTRATOR, key, securityLevel: "standard" },
      random: { bytes: (length) => new Uint8Array(length) },
      clock,
      identity: url,
      limiter: unhurried(),
    }),
  keyIn: (value) => value.replace(/^\d+:/, ""),
  isOf: ({ id }, value) => value.startsWith(`${id}:`),
  isReading: ({ method, path }) => method === "GET" || path === `${CLOUD_KEYS}/get_api_keys`,
  mayMint: ({ path }) => path === `${CLOUD_KEYS}/generate`,
  makeForeign: (url, token, name) =>
    post(
      `${url}${CLOUD_KEYS}/generate`,
      { authorization: token, "x-xdr-auth-id": ADMINISTRATOR },
      {
        request_data: { roles: ["Viewer"], security_level: "standard", comment: name },
      },
    ),
  announcementOf: (request) => (CORTEX_CLOUD.isReading(request) ? undefined : cloudAnnouncement(request)),
};

function cloudAnnouncement({ method, path, body }: ProxiedRequest): Announcement {
  const data = fieldsOf(body)["request_data"] as Readonly<Record<string, unknown>>;
  if (path === `${CLOUD_KEYS}/generate`) return { effect: "create-key", about: operationIn(data["comment"]) };
  if (path === `${CLOUD_KEYS}/delete`) {
    const filters = data["filters"] as readonly { readonly value: readonly number[] }[];
    return about("revoke-key", filters.flatMap(({ value }) => value).join());
  }
  const id = method === "PUT" ? CLOUD_KEY.exec(path)?.[1] : undefined;
  if (id === undefined) throw new Error(`nobody expected ${method} ${path}`);
  return about("update-key", id);
}

const about = (effect: Announcement["effect"], id: string): Announcement => ({
  effect,
  about: `"target":"${id}"`,
});

const operationIn = (text: unknown): string =>
  `"operation":"${splitMarker(String(text)).marker?.operation ?? "no marker"}"`;

const fieldsOf = (body: string): Readonly<Record<string, unknown>> =>
  JSON.parse(body) as Readonly<Record<string, unknown>>;

async function post(url: string, headers: Readonly<Record<string, string>>, body: object): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}
