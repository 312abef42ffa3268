/** Until when a replaced key stays valid beside its successor. */

import type { RotateKey } from "./change.ts";
import { isValid } from "./expiry.ts";

type Rotation = Pick<RotateKey, "desired" | "current" | "reasons">;

/** Whether the old key is revoked in the same run, as soon as the new one is in place. */
export const isWithoutOverlap = ({ reasons }: Pick<RotateKey, "reasons">): boolean =>
  reasons.some(({ code }) => code === "leaked");

/** If it is carried out at `now`. Undefined: the old key is not valid any more. ISO 8601. */
export function oldValidUntil(rotation: Rotation, now: Date): string | undefined {
  const { desired, current } = rotation;
  if (!isValid(current, now)) return undefined;
  const overlapMs = isWithoutOverlap(rotation) ? 0 : desired.rotation.overlapMs;
  const endMs = now.getTime() + overlapMs;
  const expiryMs = current.expiresAt === undefined ? Infinity : Date.parse(current.expiresAt);
  return new Date(Math.min(endMs, expiryMs)).toISOString();
}
