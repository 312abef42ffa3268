/**
 * A server that keeps secrets as HashiCorp Vault and OpenBao do: KV version 2 with check-and-set, policies, tokens that end,
 * AppRole and JWT logins, namespaces. Everything that is said is checked against the description, and it fails on request.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Policy, VaultAccess } from "./vault-access.fixture.ts";
import { descriptionFaults } from "./vault-description.fixture.ts";
import { VaultEngine } from "./vault-engine.fixture.ts";
import { openVendorCheck } from "./vault-vendor.fixture.ts";

export interface SeenRequest {
  readonly method: string;
  /** Without `/v1`. */
  readonly path: string;
  readonly body: string;
  readonly token: string | undefined;
  readonly status: number;
}

/** Undefined: the connection is cut. */
export interface StrikeAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Strike {
  readonly method?: string;
  readonly path?: RegExp;
  /** Whether the request is carried out before. Default: it is not. */
  readonly isDone?: boolean;
  /** What is done by others before the request is. */
  readonly meanwhile?: () => void;
  /** Instead of the true answer; absent: none, where nothing is done meanwhile. */
  readonly answer?:
    | StrikeAnswer
    | ((request: { readonly body: string; readonly token: string }) => StrikeAnswer);
}

export interface VaultNamespace {
  readonly access: VaultAccess;
  /** By mount. `version` 1: takes what it is sent, elsewhere. */
  readonly mounts: Map<string, { readonly version: 1 | 2; readonly engine: VaultEngine }>;
}

export interface VaultServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** What was said since the last time that the description does not know; empty is good. */
  takeFaults(): readonly string[];
  /** Throws where there are any. */
  refuseFaults(): void;
  /** "": the root namespace. Made when it is asked for. */
  namespace(name?: string): VaultNamespace;
  /** The next request that fits is struck, once. */
  strike(...strikes: readonly Strike[]): void;
  /** Those that hit nothing. */
  clearStrikes(): void;
  /** The content of a secret now; undefined where there is none. */
  content(path: string, mount?: string, namespace?: string): unknown;
  close(): Promise<void>;
}

/** What a token must be allowed for a sink with `mount` to write below `under`. */
export const sinkPolicy = (mount: string, under: string): Policy => ({
  [`${mount}/data/${under}`]: ["create", "read", "update"],
  [`${mount}/data/.keywright-pending/${under}`]: ["create", "read", "update"],
  [`${mount}/metadata/.keywright-pending/${under}`]: ["delete"],
});

export async function startVault(now: () => Date = () => new Date()): Promise<VaultServer> {
  const vault = new Vault(now);
  const server = createServer((request, response) => void vault.answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen: vault.seen,
    takeFaults: () => vault.takeFaults(),
    refuseFaults: () => {
      const faults = vault.takeFaults();
      if (faults.length > 0) throw new Error(`what was said is not as described: ${faults.join("; ")}`);
    },
    namespace: (name) => vault.namespace(name),
    strike: (...strikes) => void vault.strikes.push(...strikes),
    clearStrikes: () => void vault.strikes.splice(0),
    content: (path, mount = "kv", namespace = "") => vault.content(namespace, mount, path),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly token: string | undefined;
  readonly namespace: VaultNamespace;
}

type Answered = readonly [
  status: number,
  data?: unknown,
  errors?: readonly string[] | undefined,
  auth?: object,
];

const vendorCheck = openVendorCheck();

const DENIED: Answered = [403, undefined, ["1 error occurred:\n\t* permission denied\n\n"]];

class Vault {
  readonly seen: SeenRequest[] = [];
  readonly #faults = new Set<string>();
  readonly strikes: Strike[] = [];
  readonly #namespaces = new Map<string, VaultNamespace>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  takeFaults(): readonly string[] {
    const faults = [...this.#faults];
    this.#faults.clear();
    return faults;
  }

  namespace(name = ""): VaultNamespace {
    const known = this.#namespaces.get(name);
    const namespace = known ?? { access: new VaultAccess(this.#now), mounts: new Map() };
    if (!known) {
      namespace.mounts.set("kv", { version: 2, engine: new VaultEngine(this.#now) });
      this.#namespaces.set(name, namespace);
    }
    return namespace;
  }

  content(namespace: string, mount: string, path: string): unknown {
    const [status, found] = this.namespace(namespace).mounts.get(mount)?.engine.read(path) ?? [404];
    return status === 200 ? JSON.parse(written((found as { readonly data: unknown }).data)) : undefined;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = "" } = request;
    const path = decodeURIComponent((request.url ?? "").replace(/^\/v1/, "").replace(/\?.*$/, ""));
    const token = request.headers["x-vault-token"]?.toString();
    if (request.headers["x-vault-request"] !== "true")
      this.#faults.add(`${method} ${path}: no X-Vault-Request`);
    const index = this.strikes.findIndex((each) => hits(each, method, path));
    const [strike] = index < 0 ? [] : this.strikes.splice(index, 1);
    strike?.meanwhile?.();
    const isReplaced = strike !== undefined && (strike.answer !== undefined || !strike.meanwhile);
    const namespace = this.namespace(request.headers["x-vault-namespace"]?.toString());
    const asked = { method, path, body: body === "" ? undefined : exactly(body), token, namespace };
    const true_ = !isReplaced || strike.isDone ? this.#carryOut(asked) : undefined;
    const status = isReplaced ? 0 : (true_?.[0] ?? 0);
    this.seen.push({ method, path, body, token, status });
    if (true_) this.#check(asked, body, true_);
    if (isReplaced) return replace(response, strike, body, token ?? "");
    return send(response, true_ ?? [500]);
  }

  #check({ method, path }: Asked, body: string, answered: Answered): void {
    const answer = answered[0] === 204 ? undefined : JSON.parse(textOf(answered));
    const exchanged = {
      method,
      path,
      body: body === "" ? undefined : JSON.parse(body),
      status: answered[0],
      answer,
    };
    const faults = [...descriptionFaults(exchanged), ...(vendorCheck?.(exchanged) ?? [])];
    for (const fault of faults) this.#faults.add(fault);
  }

  #carryOut(asked: Asked): Answered {
    const { method, path, body, token: id } = asked;
    const { access } = asked.namespace;
    if (path === "/auth/approle/login") return loggedIn(access.appRoleLogin(body as never));
    if (path === "/auth/jwt/login") return loggedIn(access.jwtLogin(body as never));
    if (path.endsWith("/login")) return [404, undefined, [`no handler for route "${path.slice(1)}"`]];
    const token = access.find(id);
    if (!token) return [403, undefined, ["permission denied", "invalid token"]];
    if (path.startsWith("/sys/internal/ui/mounts/")) return mountInfo(asked, path.slice(24));
    const needed = this.#capabilityFor(asked);
    if (needed && !access.may(token, path.slice(1), needed)) return DENIED;
    if (path === "/auth/token/lookup-self") return [200, { policies: token.policies, ttl: 0 }];
    if (path === "/sys/capabilities-self") {
      const { paths } = body as { readonly paths: readonly string[] };
      const held = paths.map((each) => [each, access.capabilities(token, each)] as const);
      return [200, { ...Object.fromEntries(held), capabilities: held[0]?.[1] ?? [] }];
    }
    return method === "LIST" ? [404, undefined, []] : engineAnswer(asked);
  }

  #capabilityFor({ method, path, namespace }: Asked): "create" | "read" | "update" | "delete" {
    if (method === "GET") return "read";
    if (method === "DELETE") return "delete";
    const found = placeOf(namespace, path);
    return found?.what === "data" && !found.engine.exists(found.path) ? "create" : "update";
  }
}

const hits = ({ method, path }: Strike, asked: string, at: string): boolean =>
  (method ?? asked) === asked && (path?.test(at) ?? true);

function placeOf({ mounts }: VaultNamespace, path: string) {
  for (const [mount, { version, engine }] of mounts) {
    const [, what = "", at = ""] = new RegExp(`^/${mount}/(\\w+)/(.+)$`).exec(path) ?? [];
    if (what !== "") return { version, engine, what, path: at };
  }
  return undefined;
}

function engineAnswer({ method, path, body, namespace }: Asked): Answered {
  const found = placeOf(namespace, path);
  if (!found) return [404, undefined, [`no handler for route "${path.slice(1)}". route entry not found.`]];
  const { engine, what, version, path: at } = found;
  if (version === 1) return method === "GET" ? [404, undefined, []] : [204];
  const { data, options, versions } = (body ?? {}) as {
    readonly data?: unknown;
    readonly options?: { readonly cas: { readonly $number: string } };
    readonly versions?: readonly { readonly $number: string }[];
  };
  if (what === "data" && method === "GET") return engine.read(at);
  if (what === "data" && method === "POST")
    return engine.write(at, data, options && { cas: Number(options.cas.$number) });
  if (what === "data" && method === "DELETE") return engine.softDelete(at);
  if (what === "metadata" && method === "DELETE") return engine.erase(at);
  if (what === "destroy")
    return engine.destroy(
      at,
      (versions ?? []).map(({ $number }) => Number($number)),
    );
  return [405, undefined, ["unsupported operation"]];
}

/** Whoever has no right below a mount is not told whether there is one. */
function mountInfo({ namespace: { access, mounts }, token: id }: Asked, path: string): Answered {
  const token = access.find(id);
  const entry = [...mounts].find(([mount]) => path === mount || path.startsWith(`${mount}/`));
  const rules = token?.policies.flatMap((name) => Object.keys(access.policies.get(name) ?? {})) ?? [];
  const isKnown =
    entry && (token?.policies.includes("root") || rules.some((rule) => rule.startsWith(`${entry[0]}/`)));
  if (!isKnown) {
    const why = `preflight capability check returned 403, please ensure client's policies grant access to path "${path}/"`;
    return [403, undefined, [why]];
  }
  const options = entry[1].version === 2 ? { version: "2" } : null;
  return [200, { type: "kv", path: `${entry[0]}/`, description: "", options }];
}

function loggedIn(login: ReturnType<VaultAccess["appRoleLogin"]>): Answered {
  if ("fault" in login) return [400, undefined, [login.fault]];
  const { token, ttlSeconds } = login;
  const { policies } = token;
  const rest = { policies, token_policies: policies, lease_duration: ttlSeconds, renewable: true };
  return [200, null, undefined, { client_token: token.id, accessor: "a", token_type: "service", ...rest }];
}

function textOf([, data, errors, auth]: Answered): string {
  if (errors) return JSON.stringify({ errors });
  const head = '{"request_id":"r","lease_id":"","renewable":false,"lease_duration":0,"data":';
  const tail = `,"wrap_info":null,"warnings":null,"auth":${JSON.stringify(auth ?? null)}}`;
  // As Go does.
  return `${head}${written(data)}${tail}`.replaceAll(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function send(response: ServerResponse, answered: Answered): void {
  if (answered[0] === 204) response.writeHead(204).end();
  else response.writeHead(answered[0], { "content-type": "application/json" }).end(textOf(answered));
}

function replace(response: ServerResponse, { answer }: Strike, body: string, token: string): void {
  if (!answer) return void response.socket?.destroy();
  const {
    status,
    body: said = "",
    headers,
  } = typeof answer === "function" ? answer({ body, token }) : answer;
  return void response.writeHead(status, { "content-type": "application/json", ...headers }).end(said);
}

const NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** JSON with each number as it is written, which JavaScript would round. */
const exactly = (text: string): unknown =>
  JSON.parse(text.replaceAll(NUMBER, (token) => (token.startsWith('"') ? token : `{"$number":"${token}"}`)));

const written = (value: unknown): string =>
  JSON.stringify(value ?? null).replaceAll(/\{"\$number":"([^"]*)"\}/g, "$1");
