/**
 * A small GitHub of our own, for tests: it opens sealed boxes with its private keys, asks for permissions, and checks every
 * request and every answer against the description of GitHub's API. What breaks that fails the test that closes it.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import sodium from "libsodium-wrappers";
import type { Clock } from "../../src/core/ports.ts";
import { GitHubAccounts } from "./github-accounts.fixture.ts";
import { type Answer, refusal } from "./github-call.fixture.ts";
import { findOperation, type Operation } from "./github-exchange.fixture.ts";
import { HostedRepository, type HostOptions } from "./github-hosted.fixture.ts";
import { carryOut, carryOutForApp } from "./github-operations.fixture.ts";
import { GitHubPeople } from "./github-people.fixture.ts";
import { GitHubSecrets } from "./github-secrets.fixture.ts";

export interface SeenRequest {
  readonly method: string;
  /** With its query, without the prefix. */
  readonly path: string;
  readonly bearer: string;
  readonly text: string;
}

/** What happens instead of an answer, or after the request was carried out (`late`). Undefined: nothing. */
export type Interference = Answer | "cut" | { readonly late: Answer | "cut" } | undefined;

export interface GitHubServer {
  /** Of the API, as a client is told it. */
  readonly url: string;
  readonly accounts: GitHubAccounts;
  readonly secrets: GitHubSecrets;
  readonly people: GitHubPeople;
  /** Makes a repository in which people work: its branches are those of the bare repository `git`. */
  host(name: string, options?: HostOptions): HostedRepository;
  readonly requests: readonly SeenRequest[];
  /** Called for each request; another call replaces it. */
  interfere(how: (request: SeenRequest) => Interference): void;
  /** What was asked or answered since the last time that is not as described; empty is good. */
  takeBreaches(): readonly string[];
  /** Throws when a request or an answer was not as described. */
  close(): Promise<void>;
}

export interface GitHubServerOptions {
  readonly clock: Clock;
  /** Such as `/api/v3`, of a GitHub Enterprise Server. Default: none. */
  readonly prefix?: string;
}

export async function startGitHubServer({ clock, prefix = "" }: GitHubServerOptions): Promise<GitHubServer> {
  await sodium.ready;
  const github = new GitHub(clock, prefix);
  const server = createServer((request, response) => void github.answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    accounts: github.accounts,
    secrets: github.secrets,
    people: github.people,
    host: (name, options) => github.host(name, options),
    requests: github.requests,
    takeBreaches: () => github.breaches.splice(0),
    interfere: (how) => (github.interference = how),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      if (github.breaches.length > 0) throw new Error(github.breaches.join("\n"));
    },
  };
}

class GitHub {
  readonly accounts: GitHubAccounts;
  readonly secrets: GitHubSecrets;
  readonly people = new GitHubPeople();
  readonly requests: SeenRequest[] = [];
  readonly breaches: string[] = [];
  interference: (request: SeenRequest) => Interference = () => undefined;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #hosted = new Map<string, HostedRepository>();

  constructor(clock: Clock, prefix: string) {
    this.#clock = clock;
    this.#prefix = prefix;
    this.accounts = new GitHubAccounts(clock);
    this.secrets = new GitHubSecrets(clock);
  }

  host(name: string, options: HostOptions = {}): HostedRepository {
    const hosted = new HostedRepository(name, options, this.people, this.#clock);
    this.accounts.addRepository(name, options.environments);
    this.#hosted.set(name.toLowerCase(), hosted);
    return hosted;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await this.#read(request);
    const how = this.interference(seen);
    const isLate = how !== undefined && typeof how === "object" && "late" in how;
    const real = how === undefined || isLate ? this.#carryOut(request, seen) : undefined;
    const answer = isLate ? how.late : (how ?? real);
    if (answer === "cut" || answer === undefined) return void request.socket.destroy();
    this.#send(request, response, answer);
  }

  async #read(request: IncomingMessage): Promise<SeenRequest> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const path = url.startsWith(this.#prefix) ? url.slice(this.#prefix.length) : `outside ${url}`;
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    const seen = { method, path, bearer, text: Buffer.concat(chunks).toString() };
    this.requests.push(seen);
    return seen;
  }

  #carryOut({ headers }: IncomingMessage, { method, path, bearer, text }: SeenRequest): Answer {
    if (!headers["user-agent"]) return refusal(403, "Request forbidden by administrative rules.");
    const operation = findOperation(method, path);
    if (!operation) return this.#breach([`${method} ${path} is no operation that is described`]);
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const faults = operation.requestFaults(body);
    if (faults.length > 0) return this.#breach(faults);
    const answer = this.#decide(operation, { method, path: path.replace(/\?.*$/, ""), bearer, body });
    const wrong = operation.answerFaults(answer.status, answer.body);
    return wrong.length > 0 ? this.#breach(wrong) : answer;
  }

  #decide(operation: Operation, call: DecidedCall): Answer {
    const { accounts, secrets, people } = this;
    const { bearer, ...request } = call;
    if (operation.id.startsWith("apps/")) return carryOutForApp(operation, bearer, accounts);
    const access = accounts.accessOf(bearer);
    return access
      ? carryOut({ ...request, operation, access, accounts, secrets, people, repositories: this.#hosted })
      : refusal(401, "Bad credentials");
  }

  #breach(what: readonly string[]): Answer {
    this.breaches.push(...what);
    return refusal(500, what.join("; "));
  }

  #send(request: IncomingMessage, response: ServerResponse, { status, body, headers = {} }: Answer): void {
    const own = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace("HOST", request.headers.host ?? "").replace("https://127", "http://127"),
    ]);
    response.writeHead(status, {
      // By the clock that also the times of secrets come from.
      date: this.#clock.now().toUTCString(),
      ...(body !== undefined && { "content-type": "application/json; charset=utf-8" }),
      ...(Object.fromEntries(own) as Record<string, string>),
    });
    response.end(typeof body === "string" || body === undefined ? body : JSON.stringify(body));
  }
}

interface DecidedCall {
  readonly method: string;
  readonly path: string;
  readonly bearer: string;
  readonly body: unknown;
}
