import type { Clock } from "../../core/ports.ts";
import type { ApiClient, Dialect } from "../../http/api-client.ts";
import type { CloudCredential, SecurityLevel } from "./sign-request.ts";
import type { RoleRegistry } from "./role-registry.ts";

/** A Cortex Cloud tenant as one opening of the store sees it. */
export interface Tenant {
  readonly client: ApiClient;
  /** Shows another key, under the same limit. */
  callAs(credential: CloudCredential): { readonly client: ApiClient; readonly dialect: Dialect };
  readonly clock: Clock;
  readonly roles: RoleRegistry;
  /** The levels of the keys that this opening has met, by id. */
  readonly levels: Map<string, SecurityLevel>;
  readonly ownKeyId: string;
}

/** Whether a key of this tenant can have this id at all: ids are numbers. */
export const isCloudId = (id: string): boolean =>
  /^[1-9]\d{0,15}$/.test(id) && Number.isSafeInteger(Number(id));
