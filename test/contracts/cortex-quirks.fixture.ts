/** Everything about Cortex's API that its documents leave open or its samples show otherwise, all at once. */

import { type Json, parseBody, type ProxyRequest, type Twist, withBody } from "./quirk-proxy.fixture.ts";

const KEYS = "/api/v1/auth/key";

export const pathOf = ({ path }: ProxyRequest): string => path.replace(/\?.*$/, "");
const queryOf = ({ path }: ProxyRequest): URLSearchParams => new URL(path, "http://x").searchParams;

export const isKeyList = (request: ProxyRequest): boolean =>
  request.method === "GET" && pathOf(request) === KEYS;

interface Page {
  readonly apiKeys: readonly Json[];
  readonly page: number;
  readonly total: number;
  readonly totalPages: number;
}

/** Of what passes, only good answers to a list. */
const ofPages =
  (edit: (page: Page, request: ProxyRequest) => Page | Promise<Page>): Twist =>
  async (request, forward) => {
    const answer = await forward(request);
    if (!isKeyList(request) || answer.status !== 200) return answer;
    return withBody(answer, await edit(parseBody(answer) as unknown as Page, request));
  };

/** Fewer keys to a page than asked for. */
const smallPages =
  (most: number): Twist =>
  (request, forward) => {
    const query = queryOf(request);
    if (!isKeyList(request) || Number(query.get("pageSize")) <= most) return forward(request);
    query.set("pageSize", String(most));
    return forward({ ...request, path: `${KEYS}?${query.toString()}` });
  };

const wrongPageEcho = ofPages((page) => ({ ...page, page: (page.page + 3) % 5 }));

const FOREIGN: readonly Json[] = [
  { cid: "ak00000000000000a1", last4: "aaaa", roles: [{ type: "DEFAULT", role: "MANAGER" }] },
  { cid: "ak00000000000000a2", last4: "aaaa", roles: [{ type: "ROBOT" }], name: null, description: null },
  { cid: "ak00000000000000a3", last4: "", roles: [{ type: "CUSTOM", tag: null }], name: "Entities scanner" },
  { cid: "ak00000000000000a4", last4: "cccc", roles: [], name: "Entities scanner", expirationDate: null },
].map((key) => ({ createdDate: "2024-02-29T23:59:59+14:00", ...key }));

/** Keys of others as the user interface makes them, two of one name. */
const foreignKeys = ofPages((page, request) => ({
  ...page,
  total: page.total + FOREIGN.length,
  apiKeys: [...(queryOf(request).get("page") === "0" ? FOREIGN : []), ...page.apiKeys],
}));

/** The last key of a page once more at the head of the next. */
const repeatedKeys: Twist = async (request, forward) => {
  const answer = await forward(request);
  const query = queryOf(request);
  const number = Number(query.get("page"));
  if (!isKeyList(request) || answer.status !== 200 || number === 0) return answer;
  query.set("page", String(number - 1));
  const before = parseBody(
    await forward({ ...request, path: `${KEYS}?${query.toString()}` }),
  ) as unknown as Page;
  const page = parseBody(answer) as unknown as Page;
  return withBody(answer, { ...page, apiKeys: [...before.apiKeys.slice(-1), ...page.apiKeys] });
};

const OFFSET_MS = 5.5 * 3_600_000;

/** The same instant in India. */
const withOffset = (instant: unknown): string =>
  new Date(Date.parse(String(instant)) + OFFSET_MS).toISOString().replace("Z", "+05:30");

const oddKey = ({ createdDate, expirationDate, ...key }: Json): Json => ({
  ...key,
  ...(createdDate === undefined ? {} : { createdDate: withOffset(createdDate) }),
  expirationDate: expirationDate ? withOffset(expirationDate) : null,
  description: key["description"] ?? null,
  createdBy: { email: "someone@example.com" },
  lastUsed: null,
});

const oddKeys = ofPages((page) => ({ ...page, apiKeys: page.apiKeys.map(oddKey), next: null }));

/** What a create and an update answer. */
const oddAnswers: Twist = async (request, forward) => {
  const answer = await forward(request);
  const isWrite = request.method === "POST" || request.method === "PUT";
  return isWrite && answer.status === 200 ? withBody(answer, oddKey(parseBody(answer))) : answer;
};

/** No word with 401, 404 and a deletion. */
const emptyBodies: Twist = async (request, forward) => {
  const answer = await forward(request);
  const isEmpty = request.method === "DELETE" || answer.status === 401 || answer.status === 404;
  return isEmpty ? { status: answer.status, headers: {}, body: "" } : answer;
};

export const CORTEX_QUIRKS: readonly Twist[] = [
  emptyBodies,
  oddAnswers,
  wrongPageEcho,
  oddKeys,
  foreignKeys,
  repeatedKeys,
  smallPages(25),
];
