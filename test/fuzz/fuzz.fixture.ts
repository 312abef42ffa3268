/** Sends a server requests that its description allows and many that it does not, and judges every answer. */

import type { OutgoingHttpHeaders } from "node:http";
import type { InjectOptions } from "fastify";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { SYSTEM } from "../../src/server/domain/audit.ts";
import { change } from "../../src/server/domain/change.ts";
import type { TestServer } from "../../src/server/server.fixture.ts";
import {
  type ApiDescription,
  type Operation,
  answerSchema,
  operationsOf,
} from "./api-description.fixture.ts";
import { type FuzzRequest, requestTo } from "./request-arbitrary.fixture.ts";

export interface FuzzReport {
  readonly requests: number;
  /** How many answers had each status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Operations that were never carried out with success. */
  readonly neverDone: readonly string[];
  /** One for each operation and status. */
  readonly faults: readonly string[];
  /** Bytes of heap in use after a fifth of the requests and after all. */
  readonly heap: readonly [early: number, late: number];
}

const BATCH = 250;
const MOST_IDS = 400;

/** Repeatable: `seed` chooses every request. */
export async function fuzz(
  server: TestServer,
  description: ApiDescription,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): Promise<FuzzReport> {
  const operations = operationsOf(description);
  const arbitrary = fc.oneof(...operations.map(requestTo));
  const judge = createJudge(description);
  const reader = (await server.makeKey()).secret.reveal();
  const statuses = new Map<number, number>();
  const done = new Set<Operation>();
  const ids: string[] = [];
  const faults = new Map<string, string>();
  let early = 0;
  for (let sent = 0; sent < runs; sent += BATCH) {
    await tend(server);
    const user = await makeUser(server, sent);
    const batch = fc.sample(arbitrary, { numRuns: BATCH, seed: seed + sent });
    for (const [index, request] of batch.entries()) {
      // From many addresses: bad credentials from one are soon not even looked at.
      const remoteAddress = `10.0.${(sent / BATCH) % 256}.${index}`;
      const options = render(request, ids, { administrator: server.admin.reveal(), reader, user });
      const answer = await server.app.inject({ ...options, remoteAddress });
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
      if (answer.statusCode < 300) done.add(request.operation);
      const fault = judge(request.operation, answer);
      if (fault !== undefined)
        faults.set(
          `${request.operation.method} ${request.operation.path} ${answer.statusCode}`,
          describe(fault, options),
        );
      keepIds(ids, answer.payload);
    }
    if (sent < runs / 5) early = heapInUse();
  }
  const neverDone = operations.filter((one) => !done.has(one)).map(({ method, path }) => `${method} ${path}`);
  return { requests: runs, statuses, neverDone, faults: [...faults.values()], heap: [early, heapInUse()] };
}

function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Takes back what would make every later request the same refusal. */
async function tend({ context, clock }: TestServer): Promise<void> {
  clock.advance(1_000);
  await change(context, SYSTEM, async ({ transaction, record }) => {
    await transaction.deleteFrom("ip_allowlist").execute();
    await transaction.deleteFrom("security_policy").execute();
    record({ action: "UPDATE", objectType: "IP_ALLOWLIST", objectId: "ip-allowlist" });
    record({ action: "UPDATE", objectType: "SECURITY_POLICY", objectId: "policy" });
  });
}

/** What the ids of a path look like. */
function idsOf(path: string, name: string): RegExp {
  if (name === "cid") return /^ak/;
  if (/token/.test(path) && name !== "id") return /^pat_/;
  if (path.startsWith("/v1/tokens")) return /^pat_/;
  if (path.startsWith("/v1/users")) return /^user_/;
  if (path.startsWith("/v1/keys")) return /^key_/;
  return path.includes("api-key") ? /^\d+$/ : /^(?!key_|user_|pat_|ak|\d)/;
}

/** Halves of surrogate pairs cannot be sent. */
const encode = (text: string): string => encodeURIComponent(text.replaceAll(/\p{Cs}/gu, "\ufffd"));

/** A user's first token. */
async function makeUser(server: TestServer, number: number): Promise<string> {
  const body = {
    email: `user-${number}@example.com`,
    name: "User",
    roles: [{ type: "default", role: "MANAGER" }],
  };
  const user = await server.call("POST /v1/users", { body });
  const token = await server.call(`POST /v1/users/${String(user.body["id"])}/tokens`, {
    body: { name: "First" },
  });
  return String(token.body["secret"]);
}

interface Tokens {
  readonly administrator: string;
  readonly reader: string;
  readonly user: string;
}

function render(request: FuzzRequest, ids: readonly string[], tokens: Tokens): Rendered {
  const { operation, query, body } = request;
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const fitting = ids.filter((id) => idsOf(operation.path, name).test(id));
    const seen = request.pick === undefined ? undefined : fitting[request.pick % fitting.length];
    return encode(seen ?? request.path[name] ?? "");
  });
  const search = query.map((pair) => pair.map(encode).join("="));
  return {
    method: operation.method as "GET",
    url: search.length === 0 ? path : `${path}?${search.join("&")}`,
    headers: {
      ...request.headers,
      ...credentialsOf(request, tokens),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { payload: body }),
  };
}

/** The first key has the number 1. */
function credentialsOf({ who, operation }: FuzzRequest, tokens: Tokens): Record<string, string> {
  if (who === "nobody") return {};
  const token = who === "garbage" ? "garbage" : tokens[who];
  const isCloud = /^\/(public_api|platform)\//.test(operation.path);
  return isCloud
    ? { authorization: token, "x-xdr-auth-id": who === "administrator" ? "1" : "2" }
    : { authorization: `Bearer ${token}` };
}

interface Rendered extends InjectOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: OutgoingHttpHeaders;
  readonly payload: string;
}

/** Tells what is wrong with an answer; undefined when nothing is. */
function createJudge(
  description: ApiDescription,
): (operation: Operation, answer: Answer) => string | undefined {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  for (const [name, schema] of Object.entries(description.components.schemas)) {
    ajv.addSchema(schema, `#/components/schemas/${name}`);
  }
  const compiled = new Map<object, ValidateFunction>();
  return (operation, { statusCode, headers, payload }) => {
    if (statusCode >= 500) return `answered ${statusCode}`;
    const mediaType = [headers["content-type"] ?? ""].flat().join().split(";")[0] ?? "";
    const schema = answerSchema(description, operation, statusCode, mediaType);
    if (schema === undefined) return `${statusCode} with "${mediaType}" is not described`;
    if (schema === "none") return payload === "" ? undefined : `${statusCode} has a body`;
    const validate = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validate);
    if (validate(JSON.parse(payload))) return undefined;
    return `${statusCode} does not match its schema: ${ajv.errorsText(validate.errors)}: ${payload.slice(0, 300)}`;
  };
}

const describe = (fault: string, { method, url, headers, payload = "" }: Rendered): string => {
  const { authorization: _, ...others } = headers;
  return `${String(method)} ${url} ${JSON.stringify(others)} ${payload.slice(0, 500)}\n  ${fault}`;
};

/** The newest ids of all kinds, to ask for again. */
function keepIds(ids: string[], payload: string): void {
  for (const match of payload.slice(0, 2_000).matchAll(/"(?:id|cid|tag|role_id)":"?([^",}]{1,80})/g)) {
    ids.push(match[1] ?? "");
    if (ids.length > MOST_IDS) ids.shift();
  }
}
