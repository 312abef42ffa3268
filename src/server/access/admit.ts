/** Whether a request may go on: the one decision behind the native API and the façades, which each word it their way. */

import type { FastifyRequest } from "fastify";
import type { Caller } from "../domain/caller.ts";
import type { Credential } from "../domain/credential.ts";
import type { Permission } from "../domain/permissions.ts";
import type { StoreContext } from "../domain/store-context.ts";
import type { Verification } from "../domain/verify-key.ts";
import type { Soon } from "../soon.ts";

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
  /** The caller's address is not on the IP allowlist. */
  | { readonly refused: "address" }
  /** Its client has shown too many bad credentials: 429 with `Retry-After`, whatever this one is. */
  | { readonly refused: "throttled"; readonly retryAfterSeconds: number }
  /** Why a credential is not accepted is nobody's business: all reasons look the same. */
  | { readonly refused: "credential" }
  | { readonly refused: "permission"; readonly missing: string };

/**
 * The address comes first, then the client's failures. `prove` checks the credential that the request shows;
 * undefined when it shows none. What comes of it is counted, and failures go to the audit log.
 */
export async function admit(
  { watcher }: Pick<StoreContext, "watcher">,
  request: FastifyRequest,
  prove: () => Soon<Verification<string> | undefined>,
): Promise<Admission> {
  if (!request.isAddressAllowed) return { refused: "address" };
  const { attempts } = request.server;
  const retryAfterSeconds = attempts.waitSeconds(request);
  if (retryAfterSeconds !== undefined) return { refused: "throttled", retryAfterSeconds };
  // Before the look-up: what changes after it is looked for again when the caller changes something.
  const admittedAt = watcher.sequence;
  const proven = prove();
  const verified = proven instanceof Promise ? await proven : proven;
  if (verified) attempts.note(request, verified);
  if (!verified?.valid) return { refused: "credential" };
  const caller = { ...callerFrom(verified.credential, request), admittedAt };
  const { permission } = request.routeOptions.config;
  if (permission === "any key") return { admitted: caller };
  // A route without a declared permission is closed.
  if (permission !== undefined && caller.permissions.has(permission)) return { admitted: caller };
  return { refused: "permission", missing: String(permission) };
}

const callerFrom = (
  { type, id, userId, roles, permissions }: Credential,
  { clientAddress }: Pick<FastifyRequest, "clientAddress">,
): Caller => ({ type, id, userId, roles, permissions, ipAddress: clientAddress });

/** The caller that the gate has let through. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error("the route is not behind a gate");
  return request.caller;
}
