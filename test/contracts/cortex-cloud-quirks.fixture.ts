/** Everything about Cortex Cloud's API that its documents leave open, or that was seen otherwise, all at once. */

import { type Json, parseBody, type ProxyAnswer, type Twist, withBody } from "./quirk-proxy.fixture.ts";
import { CLOUD_DIALECT } from "./vendor-dialects.fixture.ts";

const isSearch = (path: string): boolean => path.endsWith("/get_api_keys");

const FOREIGN: readonly Json[] = [
  { id: 900_001, roles: [], security_level: "Advanced", comment: null, expiration: null },
  { id: 900_002, roles: null, security_level: "STANDARD", comment: "Used by the entities scanner." },
  { id: 900_003, roles: ["A role of yesterday", "Viewer"], security_level: "standard", comment: "twin" },
  { id: 900_004, roles: ["Viewer"], security_level: "standard", comment: "twin", user_name: null },
].map((key) => ({ creation_time: 1_700_000_000_123, created_by: null, ...key }));

/** Keys of others stand before all that the store has. */
const foreignKeys: Twist = async (request, forward) => {
  if (!CLOUD_DIALECT.isList(request)) return forward(request);
  const data = parseBody(request)["request_data"] as Json;
  const [from, to] = [Number(data["search_from"]), Number(data["search_to"])];
  const count = FOREIGN.length;
  const moved = { ...data, search_from: Math.max(0, from - count), search_to: Math.max(1, to - count) };
  const answer = await forward({ ...request, body: JSON.stringify({ request_data: moved }) });
  if (answer.status !== 200) return answer;
  const body = parseBody(answer);
  const { keys, total } = CLOUD_DIALECT.readListing(body);
  const all = [...FOREIGN.slice(from, to), ...(to > count ? keys : [])];
  return withBody(answer, CLOUD_DIALECT.withListing(body, { keys: all, total: total + count }));
};

/** The last position that is asked for belongs to the page, of which there are fewer than asked for. */
const inclusivePages =
  (most: number): Twist =>
  (request, forward) => {
    if (!CLOUD_DIALECT.isList(request)) return forward(request);
    const data = parseBody(request)["request_data"] as Json;
    const to = Math.min(Number(data["search_to"]), Number(data["search_from"]) + most) + 1;
    return forward({ ...request, body: JSON.stringify({ request_data: { ...data, search_to: to } }) });
  };

/** `data`, `filter_count`; and more than is known. */
const lowerCase: Twist = async (request, forward) => {
  const answer = await forward(request);
  if (!isSearch(request.path) || answer.status !== 200) return answer;
  const reply = Object.entries(parseBody(answer)["reply"] as Json);
  const lower = Object.fromEntries(reply.map(([name, value]) => [name.toLowerCase(), value]));
  return withBody(answer, { reply: { ...lower, next_page_token: null } });
};

/** Modes in capitals; sections that hold nothing are null. */
const loudScopes: Twist = async (request, forward) => {
  const answer = await forward(request);
  const isScope = request.method === "GET" && request.path.includes("/scope/api-key/");
  if (!isScope || answer.status !== 200) return answer;
  const body = answer.body.replaceAll(
    /"mode":"(\w+)"/g,
    (_, mode: string) => `"mode":"${mode.toUpperCase()}"`,
  );
  const { data } = JSON.parse(body) as { readonly data: Json };
  return withBody(answer, { data: { datasets_rows: null, ...data, granular_scope: true } });
};

/** What is done is told in another way each time. */
function createOddWords(): Twist {
  const words: readonly unknown[] = [null, "done", {}, { message: "done", warnings: [] }];
  let count = 0;
  return async (request, forward) => {
    const answer = await forward(request);
    if (request.method !== "PUT" || answer.status !== 200) return answer;
    count += 1;
    return withBody(answer, { data: words[count % words.length] });
  };
}

/** Two roles of one name that nobody asks for. */
const twinRoles: Twist = async (request, forward) => {
  const answer = await forward(request);
  if (!request.path.endsWith("/v1/role") || answer.status !== 200) return answer;
  const { data } = parseBody(answer) as { readonly data: readonly Json[] };
  const twins = ["t1", "t2"].map((role_id) => ({ role_id, pretty_name: "Twin", is_custom: true }));
  return withBody(answer, { data: [...twins, ...data], metadata: null });
};

/** Each of the three envelopes in turn, each form of `err_extra`, and `err_code` as a text. */
function createOddErrors(): Twist {
  let count = 0;
  return async (request, forward) => {
    const answer = await forward(request);
    if (answer.status < 400 || answer.status === 429 || answer.status >= 500) return answer;
    count += 1;
    return withBody(answer, oddError(answer, count));
  };
}

function oddError(answer: ProxyAnswer, count: number): Json {
  const texts = [...answer.body.matchAll(/"(?:err_extra|msg)":"((?:[^"\\]|\\.)*)"/g)];
  const said = texts.map(([, text]) => text).join("; ");
  const extras: readonly unknown[] = [
    said,
    [said],
    { detail: said },
    [{ type: "value_error", loc: ["body"], msg: said }],
  ];
  const fault = {
    err_code: String(answer.status),
    err_msg: "The request could not be processed",
    err_extra: extras[count % extras.length],
  };
  const { err_msg, ...metadata } = fault;
  const envelopes: readonly Json[] = [
    { reply: fault },
    { data: { err_msg, metadata } },
    { data: { reply: fault } },
  ];
  return envelopes[count % envelopes.length] ?? {};
}

export const createCloudQuirks = (): readonly Twist[] => [
  createOddErrors(),
  lowerCase,
  loudScopes,
  createOddWords(),
  twinRoles,
  inclusivePages(25),
  foreignKeys,
];
