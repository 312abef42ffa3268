import { KeywrightError } from "../../core/error.ts";
import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import { type VaultPlace, apiPath } from "./vault-place.ts";
import { readSecret, type VaultEngine } from "./vault-secret.ts";

/** Throws SINK_UNUSABLE where the token may not do all that a delivery does. Changes nothing. */
export async function probePlace(engine: VaultEngine, { path, pendingPath }: VaultPlace): Promise<void> {
  const { version } = await readSecret(engine, path);
  const needed = new Map([
    [policyPath(engine, "data", path), version === 0 ? ["create", "read", "update"] : ["read", "update"]],
    [policyPath(engine, "data", pendingPath), ["create", "read", "update"]],
    [policyPath(engine, "metadata", pendingPath), ["delete"]],
  ]);
  const held = await capabilities(engine, [...needed.keys()]);
  const lacks = [...needed].flatMap(([at, wanted]) => lackAt(at, wanted, held?.get(at)));
  if (lacks.length === 0) return;
  throw new KeywrightError("SINK_UNUSABLE", `The token may not ${lacks.join("; nor ")}.`, {
    hint: "Add that to a policy of the token: docs/sinks/vault.md has the policy that the sink needs.",
  });
}

/** As policies write it. */
const policyPath = ({ mount }: VaultEngine, what: "data" | "metadata", path: string): string =>
  decodeURIComponent(apiPath(mount, what, path)).replace("/v1/", "");

/** `held` undefined: Vault does not say. */
function lackAt(at: string, wanted: readonly string[], held: readonly string[] | undefined): string | [] {
  if (!held || held.includes("root")) return [];
  const lacking = wanted.filter((capability) => !held.includes(capability));
  return lacking.length === 0 ? [] : `${lacking.join(", ")} ${at}`;
}

/** Undefined where a policy forbids even to ask; `default` allows it. */
async function capabilities(
  { api }: VaultEngine,
  paths: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  const question = { method: "POST", path: "/v1/sys/capabilities-self", body: { paths } } as const;
  const { request, response } = await api.read(question, undefined, [403]);
  if (response.status === 403) return undefined;
  const { data } = parseAnswer(CAPABILITIES, response, request);
  return new Map(Object.entries(data));
}

const CAPABILITIES: SchemaOf<{ readonly data: Readonly<Record<string, readonly string[]>> }> = Object.freeze({
  type: "object",
  required: ["data"],
  properties: {
    data: { type: "object", additionalProperties: { type: "array", items: { type: "string" } } },
  },
});
