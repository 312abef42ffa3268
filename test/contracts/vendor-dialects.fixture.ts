/** What a proxy has to know of a vendor's API to lie about it: which request is which, and where a list's keys stand. */

import { type Json, parseBody, type ProxyRequest } from "./quirk-proxy.fixture.ts";

export interface Listing {
  readonly keys: readonly Json[];
  readonly total: number;
}

export interface VendorDialect {
  /** A page of keys that we ask for, no verification of a new key. */
  readonly isList: (request: ProxyRequest) => boolean;
  readonly isFirstPage: (request: ProxyRequest) => boolean;
  readonly isCreate: (request: ProxyRequest) => boolean;
  readonly isRevoke: (request: ProxyRequest) => boolean;
  /** Of all kinds. */
  readonly isWrite: (request: ProxyRequest) => boolean;
  readListing(body: Json): Listing;
  /** `body` with another listing. */
  withListing(body: Json, listing: Listing): Json;
  /** The same request for fewer keys to a page. */
  withPageSize(request: ProxyRequest, size: number): ProxyRequest;
  /** The same request for the first page. */
  firstPage(request: ProxyRequest): ProxyRequest;
  /** A create that asks for an earlier end. */
  endingEarlier(request: ProxyRequest, byMs: number): ProxyRequest;
  /** The text of a key that holds the marker. */
  textOf(key: Json): string;
  /** The answer to a create, without the secret. */
  withoutSecret(body: Json): Json;
  /** What a 429 of this vendor may say of the wait, in its body. */
  readonly waitInBody: (seconds: number) => Json;
}

const isPath = ({ path }: ProxyRequest, pattern: RegExp): boolean => pattern.test(path.replace(/\?.*$/, ""));

const without = (body: Json, field: string): Json =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name !== field));

const cortexPage = ({ path }: ProxyRequest): URLSearchParams => new URL(path, "http://x").searchParams;

export const CORTEX_DIALECT: VendorDialect = {
  isList: (request) =>
    request.method === "GET" &&
    isPath(request, /^\/api\/v1\/auth\/key$/) &&
    cortexPage(request).get("pageSize") !== "1",
  isFirstPage: (request) => cortexPage(request).get("page") === "0",
  isCreate: (request) => request.method === "POST" && isPath(request, /^\/api\/v1\/auth\/key$/),
  isRevoke: (request) => request.method === "DELETE" && isPath(request, /^\/api\/v1\/auth\/key\/./),
  isWrite: ({ method }) => method !== "GET",
  readListing: ({ apiKeys, total }) => ({ keys: apiKeys as readonly Json[], total: Number(total) }),
  withListing: (body, { keys, total }) => {
    const perPage = Number(body["total"]) / Number(body["totalPages"]);
    const totalPages = total === body["total"] ? body["totalPages"] : Math.ceil(total / perPage);
    return { ...body, apiKeys: keys, total, totalPages };
  },
  withPageSize: (request, size) => {
    const query = cortexPage(request);
    query.set("pageSize", String(size));
    return { ...request, path: `${request.path.replace(/\?.*$/, "")}?${query.toString()}` };
  },
  firstPage: (request) => {
    const query = cortexPage(request);
    query.set("page", "0");
    return { ...request, path: `${request.path.replace(/\?.*$/, "")}?${query.toString()}` };
  },
  endingEarlier: (request, byMs) => {
    const { expirationDate, ...body } = parseBody(request);
    const end = new Date(Date.parse(String(expirationDate)) - byMs).toISOString();
    return { ...request, body: JSON.stringify({ ...body, expirationDate: end }) };
  },
  textOf: ({ description }) => (typeof description === "string" ? description : ""),
  withoutSecret: (body) => without(body, "apiKey"),
  waitInBody: (seconds) => ({ type: "about:blank", title: "Too many", status: 429, retryAfter: seconds }),
};

const CLOUD_KEYS = "/public_api/v1/api_keys";

const requestData = ({ body }: ProxyRequest): Json => (parseBody({ body })["request_data"] ?? {}) as Json;

const inReply = (body: Json, edit: (reply: Json) => Json): Json => ({
  ...body,
  reply: edit((body["reply"] ?? {}) as Json),
});

export const CLOUD_DIALECT: VendorDialect = {
  isList: (request) =>
    isPath(request, /\/get_api_keys$/) && (requestData(request)["filters"] as readonly Json[]).length === 0,
  isFirstPage: (request) => requestData(request)["search_from"] === 0,
  isCreate: (request) => request.path === `${CLOUD_KEYS}/generate`,
  isRevoke: (request) => request.path === `${CLOUD_KEYS}/delete`,
  isWrite: ({ method, path }) => method === "PUT" || (method === "POST" && !path.endsWith("/get_api_keys")),
  readListing: ({ reply }) => {
    const { DATA, FILTER_COUNT } = reply as Json;
    return { keys: DATA as readonly Json[], total: Number(FILTER_COUNT) };
  },
  withListing: (body, { keys, total }) =>
    inReply(body, (reply) => ({ ...reply, DATA: keys, FILTER_COUNT: total, TOTAL_COUNT: total })),
  withPageSize: (request, size) => {
    const data = requestData(request);
    const search_to = Number(data["search_from"]) + size;
    return { ...request, body: JSON.stringify({ request_data: { ...data, search_to } }) };
  },
  firstPage: (request) => {
    const data = requestData(request);
    const search_to = Number(data["search_to"]) - Number(data["search_from"]);
    return { ...request, body: JSON.stringify({ request_data: { ...data, search_from: 0, search_to } }) };
  },
  endingEarlier: (request, byMs) => {
    const data = requestData(request);
    const expiration = Number(data["expiration"]) - byMs;
    return { ...request, body: JSON.stringify({ request_data: { ...data, expiration } }) };
  },
  textOf: ({ comment }) => (typeof comment === "string" ? comment : ""),
  withoutSecret: (body) => inReply(body, (reply) => without(reply, "key")),
  waitInBody: (seconds) => ({
    reply: { err_code: 429, err_msg: "Too many requests", err_extra: null },
    retryAfter: seconds,
  }),
};
