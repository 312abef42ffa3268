/** How much time there is to rotate a key: from when it is due until it expires. */

import type { DesiredKey } from "./desired.ts";

/**
 * In milliseconds, of every key that is minted from this manifest. Undefined: no time is ever short, because the key is
 * not rotated by schedule, never expires, or ends at a fixed date, with no successor.
 */
export function rotationWindow({
  rotation,
  expires,
}: Pick<DesiredKey, "rotation" | "expires">): number | undefined {
  if (expires.type !== "after") return undefined;
  switch (rotation.trigger.type) {
    case "disabled":
      return undefined;
    case "at":
      return expires.ms * (1 - rotation.trigger.fraction);
    case "before":
      return rotation.trigger.ms;
    case "every":
      return expires.ms - rotation.trigger.ms;
  }
}
