/** The names of things: ids that sort by creation, and a key's ids in the façades. */

import { sha256Hex } from "../../core/digest.ts";
import type { Random } from "../../core/ports.ts";

type Kind = "key" | "pat" | "user" | "secret" | "notice";

/** `<kind>_`, 12 hex digits of the time, 12 random ones. */
export function createId(kind: Kind, random: Random, now: Date): string {
  const time = now.getTime().toString(16).padStart(12, "0");
  return `${kind}_${time}${Buffer.from(random.bytes(6)).toString("hex")}`;
}

/** A key's id in the Cortex façade: `ak` and 16 hex digits. */
export const cidOf = (keyId: string): string => `ak${sha256Hex(keyId).slice(0, 16)}`;
