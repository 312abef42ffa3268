/** Our own key store tells who calls; what the caller's roles permit is in the list of roles, and its expiry in its key. */

import { clockSkew } from "../core/clock-skew.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Kind } from "../core/live.ts";
import type { Clock } from "../core/ports.ts";
import { renderRole, type RoleRef } from "../core/role-ref.ts";
import type { StoreCaller, StoreExamination, StoreNeeds } from "../core/store-examination.ts";
import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import type { ApiClient, Exchange } from "../http/api-client.ts";
import {
  CALLER_ANSWER,
  type CallerAnswer,
  KEY_ANSWER,
  ROLE_LIST_ANSWER,
  type RoleListAnswer,
} from "./keywright-answers.ts";

export interface KeywrightExaminer {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Whether whoever opens the store can do everything with it anyway, so that no credential is too mighty. */
  readonly isInProcess: boolean;
}

/** Every reading of the store needs these. */
const READING = ["View API keys", "View roles", "View security policy"];
const BY_KIND: Readonly<Record<Kind, readonly string[]>> = {
  ApiKey: ["Edit API keys", "Verify API keys"],
  Role: ["Edit roles"],
  SecurityPolicy: ["Edit security policy"],
  Secret: ["Create secrets"],
  IpAllowlist: ["Configure IP allowlist"],
};

export async function examineKeywright(
  { client, clock, isInProcess }: KeywrightExaminer,
  needs: StoreNeeds,
  signal?: AbortSignal,
): Promise<StoreExamination> {
  const sentAt = clock.now();
  const { request, response } = await client.read("/v1/store", signal);
  // In process it is this machine's clock.
  const skew = isInProcess ? undefined : clockSkew(sentAt, clock.now(), response.headers["date"]);
  const { caller, maxPageSize } = parseAnswer(CALLER_ANSWER, response, request);
  const roles = await permitted(client, "/v1/roles", ROLE_LIST_ANSWER, signal);
  const needed = neededFor(needs, roles);
  const rights = roles ? compare(held(caller.roles, roles), needed) : ROLES_UNSEEN;
  return {
    caller: await describe(client, caller, signal),
    ...(isInProcess ? withoutSurplus(rights) : rights),
    enough: `a custom role with ${needed.map((name) => `"${name}"`).join(", ")}`,
    ...(skew && { clock: skew }),
    limits: [`lists of at most ${maxPageSize} keys a request`],
  };
}

type Rights = Pick<StoreExamination, "missing" | "surplus" | "unknown">;

const ROLES_UNSEEN: Rights = {
  missing: ["View roles"],
  surplus: [],
  unknown: ["what its roles permit"],
};

const withoutSurplus = ({ surplus: _, ...rights }: Rights): Rights => rights;

const compare = (has: ReadonlySet<string>, needed: readonly string[]): Rights => ({
  missing: needed.filter((name) => !has.has(name)),
  surplus: [...has].filter((name) => !needed.includes(name)).sort(),
  unknown: [],
});

/** Who hands out a role, or makes one, must have all that it permits. */
function neededFor(needs: StoreNeeds, roles: RoleListAnswer | undefined): readonly string[] {
  const handedOut = needs.roles.flatMap((role) => permissionsOf(role, roles, needs.permissions));
  const made = [...needs.permissions.values()].flat();
  const kinds = [...needs.kinds].flatMap((kind) => BY_KIND[kind]);
  return [...new Set([...READING, ...kinds, ...made, ...handedOut])].sort();
}

const held = (own: readonly RoleRef[], roles: RoleListAnswer): ReadonlySet<string> =>
  new Set(own.flatMap((role) => permissionsOf(role, roles, new Map())));

/** As declared, for that is what it will be; else as the store has it. */
function permissionsOf(
  role: RoleRef,
  known: RoleListAnswer | undefined,
  declared: StoreNeeds["permissions"],
): readonly string[] {
  const tag = role.type === "custom" ? role.tag : role.role;
  const found = known?.roles.find((each) => each.type === role.type && each.tag === tag);
  return (role.type === "custom" ? declared.get(tag) : undefined) ?? found?.permissions ?? [];
}

/** A personal token is no key, and nobody is told its expiry. */
async function describe(
  client: ApiClient,
  { id, roles }: CallerAnswer["caller"],
  signal: AbortSignal | undefined,
): Promise<StoreCaller> {
  const key = await permitted(client, `/v1/keys/${encodeURIComponent(id)}`, KEY_ANSWER, signal);
  return {
    id,
    source: "told",
    roles: roles.toSorted((a, b) => (renderRole(a) < renderRole(b) ? -1 : 1)),
    ...(key && { expiresAt: key.expiresAt, securityLevel: key.securityLevel }),
  };
}

/** Undefined where the caller may not see it, or it is not there. */
async function permitted<T>(
  client: ApiClient,
  path: string,
  schema: SchemaOf<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  const exchange = await client.read(path, signal).catch(unlessRefused);
  return exchange && parseAnswer(schema, exchange.response, exchange.request);
}

function unlessRefused(error: unknown): Exchange | undefined {
  if (isKeywrightError(error, "STORE_FORBIDDEN") || isKeywrightError(error, "STORE_CONFLICT"))
    return undefined;
  throw error;
}
