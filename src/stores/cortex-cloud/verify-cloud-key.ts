import { isKeywrightError } from "../../core/error.ts";
import type { Verification } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import { breach, parseAnswer } from "../../http/answer.ts";
import type { Exchange } from "../../http/api-client.ts";
import { isAboutAddress } from "../../http/is-about-address.ts";
import { faultIn } from "./cloud-fault.ts";
import { splitCloudSecret } from "./cloud-secret.ts";
import { KEY_PAGE } from "./cortex-cloud-answers.ts";
import { tellingSkew } from "./cortex-cloud-dialect.ts";
import { readCloudKey } from "./cortex-cloud-list.ts";
import type { SecurityLevel } from "./sign-request.ts";
import { isCloudId, type Tenant } from "./tenant.ts";

/** One cheap request with the key itself: what may look at nothing is let in all the same, and told 403. */
export async function verifyCloudKey(
  tenant: Tenant,
  secret: Secret,
  signal?: AbortSignal,
): Promise<Verification> {
  const shown = splitCloudSecret(secret);
  if (!shown || !isCloudId(shown.keyId)) return { valid: false, reason: "it is no id and key" };
  const { keyId } = shown;
  const securityLevel = await levelOf(tenant, keyId, signal);
  if (!securityLevel) return { valid: false, reason: "there is no key of its id" };
  const { client, dialect } = tenant.callAs({ ...shown, securityLevel });
  const exchange = await client.read(question(keyId), signal, [401, 403]);
  const { request, response } = exchange;
  if (response.status === 401) {
    // Cortex Cloud's own has an envelope, always: what has none is of a gateway before it.
    if (faultIn(response.body) === undefined) throw breach(request, 401, "is none that the API gives");
    const skew = tellingSkew(response, tenant.clock.now());
    // Signed by a wrong clock it says nothing of the key, and another key would fare no better.
    if (securityLevel === "advanced" && skew !== undefined) throw dialect.refusal(exchange);
    return { valid: false, reason: "not accepted" };
  }
  if (response.status !== 403) parseAnswer(KEY_PAGE, response, request);
  else if (!isAboutRights(exchange)) throw dialect.refusal(exchange);
  return { valid: true, id: keyId };
}

const question = (keyId: string) =>
  ({
    method: "POST",
    path: "/public_api/v1/api_keys/get_api_keys",
    body: {
      request_data: {
        filters: [{ field: "id", operator: "in", value: [Number(keyId)] }],
        search_from: 0,
        search_to: 1,
      },
    },
  }) as const;

/** Cortex Cloud itself says so, of a key that it knows. A licence (402) and an address may be asked for before the key. */
function isAboutRights({ response }: Exchange): boolean {
  const fault = faultIn(response.body);
  return fault !== undefined && !isAboutAddress(fault.text);
}

async function levelOf(
  { client, clock, levels }: Tenant,
  id: string,
  signal?: AbortSignal,
): Promise<SecurityLevel | undefined> {
  const known = levels.get(id);
  if (known) return known;
  try {
    const { securityLevel } = await readCloudKey(client, clock, id, signal);
    levels.set(id, securityLevel);
    return securityLevel;
  } catch (error) {
    if (isKeywrightError(error, "STORE_CONFLICT")) return undefined;
    throw error;
  }
}
