/** Whether a request may go on: the one decision behind the native API and the façades, which each word it their way. */

import type { FastifyRequest } from "fastify";
import type { Caller } from "../domain/caller.ts";
import type { Credential } from "../domain/credential.ts";
import type { Permission } from "../domain/permissions.ts";
import type { Verification } from "../domain/verify-key.ts";

/** What a route asks of its caller: one permission, any valid credential, or nothing. */
export type RoutePermission = Permission | "any key" | "nobody asked";

declare module "fastify" {
  interface FastifyContextConfig {
    permission?: RoutePermission;
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}

export type Admission =
  | { readonly admitted: Caller }
  /** Why a credential is not accepted is nobody's business: all reasons look the same. */
  | { readonly refused: "credential" }
  | { readonly refused: "permission"; readonly missing: string };

/** `prove` checks the credential that the request shows; undefined when it shows none. */
export async function admit(
  request: FastifyRequest,
  prove: () => Promise<Verification | undefined>,
): Promise<Admission> {
  const verified = await prove();
  if (!verified?.valid) return { refused: "credential" };
  const caller = callerFrom(verified.credential, request);
  const { permission } = request.routeOptions.config;
  if (permission === "any key") return { admitted: caller };
  // A route without a declared permission is closed.
  if (permission !== undefined && caller.permissions.has(permission)) return { admitted: caller };
  return { refused: "permission", missing: String(permission) };
}

const callerFrom = (
  { type, id, userId, roles, permissions }: Credential,
  { ip }: Pick<FastifyRequest, "ip">,
): Caller => ({ type, id, userId, roles, permissions, ipAddress: ip });

/** The caller that the gate has let through. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error("the route is not behind a gate");
  return request.caller;
}
