/** All keys of a Cortex workspace, page by page, each once. */

import { KeywrightError } from "../../core/error.ts";
import type { LiveKey } from "../../core/live.ts";
import type { Clock } from "../../core/ports.ts";
import type { RoleRef } from "../../core/role-ref.ts";
import type { ApiClient } from "../../http/api-client.ts";
import {
  type CortexKeyAnswer,
  type CortexKeyPage,
  type CortexRoleAnswer,
  KEY_PAGE,
} from "./cortex-answers.ts";
import { readSteadily } from "../steady-reading.ts";
import { splitMarker } from "../text-marker.ts";
import { type PagedList, readPages } from "./read-pages.ts";

const LIST: PagedList<CortexKeyAnswer, CortexKeyPage> = {
  path: "/api/v1/auth/key",
  schema: KEY_PAGE,
  itemsOf: ({ apiKeys }) => apiKeys,
  idOf: ({ cid }) => cid,
};

/** See `readSteadily` for what is made of pages that shift, and of fewer keys than the store counts. */
export async function* listCortexKeys(
  client: ApiClient,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<LiveKey> {
  const now = clock.now().getTime();
  for await (const key of readSteadily(() => readPages(client, LIST, signal), "Cortex"))
    yield buildLiveKey(key, now);
}

/** `now` in milliseconds of the epoch. */
export function buildLiveKey(key: CortexKeyAnswer, now: number): LiveKey {
  const { cid, last4, roles, name, expirationDate } = key;
  const expiresAt = expirationDate ? instantOf(expirationDate) : undefined;
  return {
    kind: "ApiKey",
    id: cid,
    displayName: name ?? "",
    ...splitMarker(key.description ?? ""),
    labels: {},
    roles: roles.map(buildRole),
    // Whoever puts more there does not get it shown.
    last4: last4.slice(-4),
    createdAt: instantOf(key.createdDate),
    ...(expiresAt !== undefined && { expiresAt }),
    status: expiresAt !== undefined && Date.parse(expiresAt) <= now ? "expired" : "active",
    securityLevel: "standard",
  };
}

/** A key that was made in the user interface may have roles that the API cannot give. */
const buildRole = ({ type, role, tag }: CortexRoleAnswer): RoleRef =>
  type === "CUSTOM" ? { type: "custom", tag: tag ?? "" } : { type: "default", role: role ?? type };

/** ISO 8601 with any offset → UTC. */
export function instantOf(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new KeywrightError("STORE_CONTRACT", "Cortex answered a date that cannot be read.");
  return new Date(at).toISOString();
}
