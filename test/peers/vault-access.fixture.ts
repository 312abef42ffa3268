/** Who may do what in one namespace of Vault: policies, tokens with an end, AppRole, and JWTs whose signature is checked. */

import { createPublicKey, type KeyObject, randomBytes, verify } from "node:crypto";

export type Capability = "create" | "read" | "update" | "delete" | "list" | "deny";

/** By path, as policies write it: exact, with `+` for one part, or a prefix that ends in `*`. */
export type Policy = Readonly<Record<string, readonly Capability[]>>;

export interface Token {
  readonly id: string;
  readonly policies: readonly string[];
  /** Absent: for ever. */
  readonly endsAt?: number;
}

export interface JwtRole {
  readonly audience: string;
  readonly claims: Readonly<Record<string, string>>;
  readonly policies: readonly string[];
  /** 0: for ever. */
  readonly ttlSeconds: number;
}

export interface AppRole {
  readonly roleId: string;
  readonly secretId: string;
  readonly policies: readonly string[];
  readonly ttlSeconds: number;
}

export type Login = { readonly token: Token; readonly ttlSeconds: number } | { readonly fault: string };

const DEFAULT: Policy = {
  "auth/token/lookup-self": ["read"],
  "sys/capabilities-self": ["update"],
};

export class VaultAccess {
  readonly policies = new Map<string, Policy>([["default", DEFAULT]]);
  readonly appRoles: AppRole[] = [];
  readonly jwtRoles = new Map<string, JwtRole>();
  /** Of the issuer that JWTs are taken from. */
  issuer: KeyObject | undefined;
  readonly #tokens = new Map<string, Token>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Without the policy `default` where it is not named. */
  issue(policies: readonly string[], ttlSeconds?: number): Token {
    const endsAt = ttlSeconds === undefined ? {} : { endsAt: this.#now().getTime() + ttlSeconds * 1000 };
    const token = { id: `hvs.${randomBytes(24).toString("hex")}`, policies, ...endsAt };
    this.#tokens.set(token.id, token);
    return token;
  }

  revoke(id: string): void {
    this.#tokens.delete(id);
  }

  find(id: string | undefined): Token | undefined {
    const token = id === undefined ? undefined : this.#tokens.get(id);
    return token && this.#now().getTime() < (token.endsAt ?? Infinity) ? token : undefined;
  }

  capabilities({ policies }: Token, path: string): readonly (Capability | "root")[] {
    if (policies.includes("root")) return ["root"];
    const held = policies.flatMap((name) => rulesFor(this.policies.get(name) ?? {}, path));
    return held.length === 0 || held.includes("deny") ? ["deny"] : [...new Set(held)].toSorted();
  }

  may(token: Token, path: string, capability: Capability): boolean {
    const held = this.capabilities(token, path);
    return held.includes("root") || held.includes(capability);
  }

  appRoleLogin({ role_id, secret_id }: { readonly role_id: string; readonly secret_id: string }): Login {
    const role = this.appRoles.find(({ roleId }) => roleId === role_id);
    if (!role || role.secretId !== secret_id) return { fault: "invalid role or secret ID" };
    return this.#loggedIn(role);
  }

  jwtLogin({ role: name, jwt }: { readonly role: string; readonly jwt: string }): Login {
    const role = this.jwtRoles.get(name);
    if (!role) return { fault: `role "${name}" could not be found` };
    const claims = this.#verified(jwt);
    if (!claims) return { fault: "error validating token: invalid signature" };
    if (Number(claims["exp"]) * 1000 <= this.#now().getTime())
      return { fault: "error validating token: token is expired" };
    if (claims["aud"] !== role.audience)
      return { fault: "error validating token: invalid audience (aud) claim" };
    const wrong = Object.entries(role.claims).find(([claim, value]) => claims[claim] !== value);
    if (wrong) return { fault: `claim "${wrong[0]}" does not match any associated bound claim values` };
    return this.#loggedIn(role);
  }

  #loggedIn({ policies, ttlSeconds }: JwtRole | AppRole): Login {
    return { token: this.issue(["default", ...policies], ttlSeconds || undefined), ttlSeconds };
  }

  #verified(jwt: string): Readonly<Record<string, unknown>> | undefined {
    const [head = "", claims = "", signature = ""] = jwt.split(".");
    if (!this.issuer) return undefined;
    const key = createPublicKey(this.issuer.export({ type: "spki", format: "pem" }));
    const isGood = verify(
      "sha256",
      Buffer.from(`${head}.${claims}`),
      key,
      Buffer.from(signature, "base64url"),
    );
    return isGood ? JSON.parse(Buffer.from(claims, "base64url").toString()) : undefined;
  }
}

/** Of the rule that fits best: an exact one, else that with the longest beginning. */
function rulesFor(policy: Policy, path: string): readonly Capability[] {
  const fitting = Object.entries(policy).filter(([rule]) => fits(rule, path));
  const best = fitting.toSorted(([a], [b]) => weight(b) - weight(a))[0];
  return best?.[1] ?? [];
}

const weight = (rule: string): number => (rule.endsWith("*") ? rule.length : Infinity);

function fits(rule: string, path: string): boolean {
  const isPrefix = rule.endsWith("*");
  const parts = (isPrefix ? rule.slice(0, -1) : rule)
    .split("/")
    .map((part) => (part === "+" ? "[^/]+" : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)));
  return new RegExp(`^${parts.join("/")}${isPrefix ? "" : "$"}`).test(path);
}
