import type { DesiredKey } from "./desired.ts";
import type { LiveKey } from "./live.ts";

/** Whether `current` is the key that was adopted: consumers have its value from somebody else, and we have it not. */
export const isHeldElsewhere = (
  desired: Pick<DesiredKey, "adopt"> | undefined,
  current: Pick<LiveKey, "id"> | undefined,
): boolean => current !== undefined && desired?.adopt?.id === current.id;
