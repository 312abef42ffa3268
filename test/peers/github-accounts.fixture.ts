/** Who and what there is on our GitHub: repositories, organisations, tokens, Apps. */

import { createVerify, type KeyObject } from "node:crypto";
import type { Clock } from "../../src/core/ports.ts";

export interface GitHubRepository {
  readonly id: number;
  /** owner/name, spelled as at its making; found by any spelling. */
  readonly name: string;
  readonly environments: readonly string[];
  archived: boolean;
  /** Where it is now; absent: here. */
  movedTo?: number;
}

export type Right = "read" | "write";

/** What a token may do. `workflow`: the GITHUB_TOKEN of a job, which no permission helps to write secrets. */
export interface Access {
  readonly type: "personal" | "integration" | "workflow";
  /** Names of permissions as GitHub has them: `secrets`, `organization_secrets`, … */
  readonly permissions: Readonly<Record<string, Right>>;
  /** owner/name each; absent: all. */
  readonly repositories?: readonly string[];
  /** Who acts: the name of a user, or `slug[bot]`. Absent: one of that type. */
  readonly login?: string;
}

export interface GitHubApp {
  readonly id: string;
  /** Default: keywright-app. */
  readonly slug?: string;
  readonly publicKey: KeyObject;
  /** By the account: an owner or an organisation. */
  readonly installations: ReadonlyMap<string, { readonly id: number; readonly access: Access }>;
}

const HOUR_MS = 3_600_000;

export class GitHubAccounts {
  readonly repositories = new Map<string, GitHubRepository>();
  readonly organizations = new Set<string>();
  readonly tokens = new Map<string, Access & { readonly endsAtMs?: number }>();
  readonly apps = new Map<string, GitHubApp>();
  readonly #clock: Clock;
  #issued = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  addRepository(name: string, environments: readonly string[] = []): GitHubRepository {
    const repository = { id: 1000 + this.repositories.size, name, environments, archived: false };
    this.repositories.set(name.toLowerCase(), repository);
    return repository;
  }

  /** Undefined where `access` does not see it, as where there is none. */
  findRepository(name: string, access: Access): GitHubRepository | undefined {
    const found = this.repositories.get(name.toLowerCase());
    return !found || access.repositories?.includes(found.name) === false ? undefined : found;
  }

  /** Undefined: nobody. */
  accessOf(bearer: string): Access | undefined {
    const access = this.tokens.get(bearer);
    const isOver = access?.endsAtMs !== undefined && access.endsAtMs <= this.#clock.now().getTime();
    return isOver ? undefined : access;
  }

  /** The App that signed this JWT, or what is wrong with it. */
  appOf(jwt: string): GitHubApp | string {
    const [head = "", body = "", signature = ""] = jwt.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString() || "{}") as Record<string, unknown>;
    const app = this.apps.get(String(claims["iss"]));
    if (!app) return "Integration not found";
    const verifier = createVerify("RSA-SHA256").update(`${head}.${body}`);
    if (!verifier.verify(app.publicKey, signature, "base64url"))
      return "A JSON web token could not be decoded";
    const [now, iat, exp] = [
      this.#clock.now().getTime() / 1000,
      Number(claims["iat"]),
      Number(claims["exp"]),
    ];
    if (!(iat <= now))
      return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    if (!(exp > now && exp <= now + 600)) return "'Expiration time' claim ('exp') is too far in the future";
    return app;
  }

  issueToken(access: Access): { readonly token: string; readonly expires_at: string } {
    this.#issued += 1;
    const token = `ghs_issued${String(this.#issued).padStart(4, "0")}${"x7Kq".repeat(6)}`;
    const endsAtMs = this.#clock.now().getTime() + HOUR_MS;
    this.tokens.set(token, { ...access, endsAtMs });
    return { token, expires_at: wholeSeconds(endsAtMs) };
  }
}

/** As GitHub tells times. */
export const wholeSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
