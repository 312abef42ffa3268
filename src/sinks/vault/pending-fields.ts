/** A pending value in a secret of its own: its stamp stands beside it, written in the same version. */

import type { SinkEntry, Stamp } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { KeywrightError } from "../../core/error.ts";
import type { Fields } from "./vault-secret.ts";

/** `value` is the plaintext. */
export const pendingFields = (value: string, { key, operation, generation, fingerprint }: Stamp): Fields =>
  new Map(
    Object.entries({ value, key, operation, generation, fingerprint }).map(([name, part]) => [
      name,
      JSON.stringify(part),
    ]),
  );

/** Undefined where nothing is pending. SINK_UNUSABLE, about `path`, where it is something else. */
export function parsePending(fields: Fields, path: string): SinkEntry | undefined {
  if (fields.size === 0) return undefined;
  const [value, key, operation, fingerprint] = ["value", "key", "operation", "fingerprint"].map((name) =>
    textOf(fields.get(name)),
  );
  const generation = Number(fields.get("generation"));
  if (value && key && operation && fingerprint && Number.isSafeInteger(generation)) {
    return { secret: Secret.of(value), stamp: { key, operation, generation, fingerprint } };
  }
  throw new KeywrightError("SINK_UNUSABLE", `The Vault secret ${path} holds no pending value.`, {
    hint: "Remove it, with `vault kv metadata delete`: the key that it was for is then minted anew.",
  });
}

/** The text of a JSON string; of other JSON, as it is written. Undefined where there is nothing: no field, null, or empty. */
export function textOf(json: string | undefined): string | undefined {
  if (json === undefined || json === "null" || json === '""') return undefined;
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
