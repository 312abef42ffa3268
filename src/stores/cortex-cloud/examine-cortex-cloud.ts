/**
 * A Cortex Cloud credential names its own key, whose record tells roles and expiry. What a role permits is told nowhere:
 * rights to read are known from readings, and rights to edit only of an Instance Administrator.
 */

import { clockSkew } from "../../core/clock-skew.ts";
import { renderRoles } from "../../core/role-ref.ts";
import type { StoreCaller, StoreExamination, StoreNeeds } from "../../core/store-examination.ts";
import { parseAnswer } from "../../http/answer.ts";
import type { ApiRequest, Exchange } from "../../http/api-client.ts";
import { isAboutAddress } from "../../http/is-about-address.ts";
import { ROLES } from "./cortex-cloud-answers.ts";
import { PAGE_SIZE, readCloudKey } from "./cortex-cloud-list.ts";
import { faultIn } from "./cloud-fault.ts";
import type { Tenant } from "./tenant.ts";

const ADMINISTRATOR = "Instance Administrator";
/** Of keys and of roles, as the console's permission sets are called. */
const KEYS = "Public API (View)";
const ROLE_LIST = "Access Management (View)";
const ENOUGH = "a role with Public API (View/Edit) and Access Management (View/Edit)";

/** What the vendor documents, and what is used of it. */
const LIMITS = [
  "10 requests a second for the tenant, all its clients together, of which at most 4 are used",
  `lists of ${PAGE_SIZE} keys a request`,
];

/** Three readings. */
export async function examineCortexCloud(
  tenant: Tenant,
  needs: StoreNeeds,
  signal?: AbortSignal,
): Promise<StoreExamination> {
  const sentAt = tenant.clock.now();
  const listing = await ask(tenant, listingOf(tenant.ownKeyId), signal);
  const skew = clockSkew(sentAt, tenant.clock.now(), listing.response.headers["date"]);
  const roles = await ask(tenant, { method: "GET", path: "/platform/iam/v1/role" }, signal);
  const refused = [...(isRefused(listing) ? [KEYS] : []), ...(isRefused(roles) ? [ROLE_LIST] : [])];
  const caller = refused.length > 0 ? undefined : await readCaller(tenant, signal);
  return {
    ...(caller && { caller }),
    missing: [...refused, ...(isRefused(roles) ? [] : unavailable(needs, caller, roles))],
    surplus: isAdministrator(caller) ? [`role ${ADMINISTRATOR}`] : [],
    enough: ENOUGH,
    unknown: isAdministrator(caller) ? [] : ["whether it may edit keys, for which that takes View/Edit"],
    ...(skew && { clock: skew }),
    limits: LIMITS,
  };
}

const listingOf = (id: string): ApiRequest => ({
  method: "POST",
  path: "/public_api/v1/api_keys/get_api_keys",
  body: {
    request_data: {
      filters: [{ field: "id", operator: "in", value: [Number(id)] }],
      search_from: 0,
      search_to: 1,
    },
  },
});

const FORBIDDEN = 403;

const isRefused = ({ response }: Exchange): boolean => response.status === FORBIDDEN;

/** An answer, also when a right is missing; nobody is let in from here is an error. */
async function ask({ client }: Tenant, request: ApiRequest, signal?: AbortSignal): Promise<Exchange> {
  const exchange = await client.read(request, signal, [FORBIDDEN]);
  const said = isRefused(exchange) ? faultIn(exchange.response.body) : undefined;
  const isElsewhere = isRefused(exchange) && (!said || isAboutAddress(said.text));
  // Asked again for the dialect's own words.
  return isElsewhere ? client.read(request, signal) : exchange;
}

async function readCaller(
  { client, clock, ownKeyId }: Tenant,
  signal: AbortSignal | undefined,
): Promise<StoreCaller> {
  const { id, roles, expiresAt, securityLevel } = await readCloudKey(client, clock, ownKeyId, signal);
  return { id, source: "told", roles, expiresAt: expiresAt ?? null, securityLevel };
}

const isAdministrator = (caller: StoreCaller | undefined): boolean =>
  renderRoles(caller?.roles ?? []).includes(ADMINISTRATOR);

/** Roles that no key can be given by this credential. */
function unavailable(
  needs: StoreNeeds,
  caller: StoreCaller | undefined,
  exchange: Exchange,
): readonly string[] {
  const { data } = parseAnswer(ROLES, exchange.response, exchange.request);
  const names = new Set(data.map(({ pretty_name: name }) => name));
  return renderRoles(needs.roles).flatMap((role) => {
    if (!names.has(role)) return `role ${role}, which the tenant does not have`;
    return role === ADMINISTRATOR && !isAdministrator(caller) ? `role ${role}` : [];
  });
}
