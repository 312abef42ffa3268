/** A client that knows nothing of this server but the vendor's documentation, over a real connection. */

import { createHash, randomInt } from "node:crypto";
import { request } from "undici";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CloudServer, openCloudServer } from "./cortex-cloud.fixture.ts";

interface Credentials {
  readonly id: number;
  readonly key: string;
  readonly level: "standard" | "advanced";
}

class VendorError extends Error {
  readonly status: number;
  readonly retryAfter: string | undefined;

  constructor(status: number, message: string, retryAfter?: string) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** As the vendor's page describes it; `now` is the tenant's time in milliseconds. */
class VendorClient {
  readonly #baseUrl: string;
  readonly #credentials: Credentials;
  readonly #now: () => number;

  constructor(baseUrl: string, credentials: Credentials, now: () => number) {
    this.#baseUrl = baseUrl;
    this.#credentials = credentials;
    this.#now = now;
  }

  async call(method: "GET" | "POST" | "PUT" | "DELETE", path: string, requestData?: unknown): Promise<Json> {
    const { statusCode, headers, body } = await request(`${this.#baseUrl}${path}`, {
      method,
      headers: { ...this.#headers(), "content-type": "application/json", accept: "application/json" },
      ...(requestData === undefined ? {} : { body: JSON.stringify({ request_data: requestData }) }),
    });
    const answer = (await body.json()) as Json;
    if (statusCode < 400) return answer;
    throw new VendorError(statusCode, messageOf(answer), headers["retry-after"]?.toString());
  }

  #headers(): Readonly<Record<string, string>> {
    const { id, key, level } = this.#credentials;
    if (level === "standard") return { "x-xdr-auth-id": String(id), authorization: key };
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const nonce = Array.from({ length: 64 }, () => letters.charAt(randomInt(letters.length))).join("");
    // The vendor's sample has whole seconds.
    const timestamp = String(Math.floor(this.#now() / 1000) * 1000);
    const signature = createHash("sha256").update(key).update(nonce).update(timestamp).digest("hex");
    return {
      "x-xdr-auth-id": String(id),
      "x-xdr-nonce": nonce,
      "x-xdr-timestamp": timestamp,
      authorization: signature,
    };
  }
}

/** Any of the vendor's envelopes. */
function messageOf(answer: Json): string {
  const data = answer["data"] as Json | undefined;
  const reply = (answer["reply"] ?? data?.["reply"]) as Json | undefined;
  return reply
    ? `${String(reply["err_msg"])}: ${String(reply["err_extra"])}`
    : `${String(data?.["err_msg"])}: ${String((data?.["metadata"] as Json | undefined)?.["err_extra"])}`;
}

let server: CloudServer;
let baseUrl: string;
beforeEach(async () => {
  server = await openCloudServer({ requests: 10, windowMs: 1000 });
  baseUrl = await server.app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => server.close());

const clientOf = (credentials: Credentials): VendorClient =>
  new VendorClient(baseUrl, credentials, () => server.clock.now().getTime());
const codeOf = (call: Promise<unknown>): Promise<number> =>
  call.then(
    () => 200,
    (error: unknown) => (error instanceof VendorError ? error.status : 0),
  );

const list = async (client: VendorClient, filters: readonly object[] = []) => {
  const { reply } = await client.call("POST", "/public_api/v1/api_keys/get_api_keys/", {
    filters,
    search_from: 0,
    search_to: 100,
    sort: { field: "expiration", keyword: "desc" },
  });
  return (reply as { DATA: Json[] }).DATA;
};

test.each(["standard", "advanced"] as const)(
  "a %s key is rotated as the vendor's clients do it: generate, scope, verify, delete",
  async (level) => {
    const administrator = clientOf(server.root);
    const wanted = {
      roles: ["Public API Action"],
      security_level: level,
      expiration: server.clock.now().getTime() + 90 * 24 * 3_600_000,
      comment: "marker:scanner:1",
    };
    const generate = async (): Promise<Credentials> => {
      const { reply } = await administrator.call("POST", "/public_api/v1/api_keys/generate/", wanted);
      return { ...(reply as { id: number; key: string }), level };
    };
    const old = await generate();
    const next = await generate();
    const scope = { assets: { mode: "see_all", asset_group_ids: [] } };
    await administrator.call("PUT", `/platform/iam/v1/scope/api-key/${next.id}`, scope);
    const marked = (await list(clientOf(next))).filter(({ comment }) => comment === wanted.comment);
    expect(new Set(marked.map(({ id }) => id))).toEqual(new Set([old.id, next.id]));
    server.clock.advance(1000);
    const filters = [{ field: "id", operator: "in", value: [old.id] }];
    const { reply } = await administrator.call("POST", "/public_api/v1/api_keys/delete/", { filters });
    expect(reply).toEqual({ update_count: 1 });
    expect(await codeOf(list(clientOf(old)))).toBe(401);
    expect(
      await list(clientOf(next), [{ field: "roles", operator: "contains", value: wanted.roles }]),
    ).toHaveLength(1);
  },
);

test("roles are read by name and written by id, through the registry", async () => {
  const administrator = clientOf(server.root);
  await administrator.call("POST", "/platform/iam/v1/role/", {
    pretty_name: "Catalog reader",
    component_permissions: ["public_api_view"],
  });
  const { data, metadata } = await administrator.call("GET", "/platform/iam/v1/role/");
  const roles = data as { role_id: string; pretty_name: string }[];
  expect(metadata).toEqual({ total_count: roles.length });
  const idOf = (name: string): string => roles.find((role) => role.pretty_name === name)?.role_id ?? "";
  const made = await administrator.call("POST", "/public_api/v1/api_keys/generate", {
    roles: ["Viewer"],
    security_level: "standard",
  });
  const { id } = made["reply"] as { id: number };
  const path = `/platform/iam/v1/api-key/${id}`;
  await administrator.call("PUT", path, { roles: [idOf("Catalog reader")], security_level: "standard" });
  const record = (await administrator.call("GET", path))["data"] as Json;
  expect(record).toMatchObject({ id, roles: ["Catalog reader"], comment: null, security_level: "standard" });
});

test("what goes wrong is told in the vendor's envelopes, each with its status", async () => {
  const administrator = clientOf(server.root);
  const stranger = clientOf({ ...server.root, key: "x" });
  await expect(stranger.call("GET", "/platform/iam/v1/role")).rejects.toThrow(
    "Public API request unauthorized: null",
  );
  await expect(administrator.call("GET", "/platform/iam/v1/api-key/99")).rejects.toThrow(
    "Api Key fetch failed: api_key_id does not exist, id=99.",
  );
  const made = await administrator.call("POST", "/public_api/v1/api_keys/generate", {
    roles: ["Viewer"],
    security_level: "advanced",
  });
  const viewer = clientOf({ ...(made["reply"] as { id: number; key: string }), level: "advanced" });
  const role = { pretty_name: "x", component_permissions: [] };
  await expect(viewer.call("POST", "/platform/iam/v1/role", role)).rejects.toMatchObject({ status: 403 });
});

test("a client that goes too fast is told when to come back, and then served", async () => {
  const administrator = clientOf(server.root);
  const codes = await Promise.all(
    Array.from({ length: 15 }, () => codeOf(administrator.call("GET", "/platform/iam/v1/role"))),
  );
  expect(codes.filter((code) => code === 200)).toHaveLength(10);
  await expect(administrator.call("GET", "/platform/iam/v1/role")).rejects.toMatchObject({
    status: 429,
    retryAfter: "1",
  });
  server.clock.advance(1000);
  expect(await codeOf(administrator.call("GET", "/platform/iam/v1/role"))).toBe(200);
});
