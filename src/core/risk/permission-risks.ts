import type { CreateRole, UpdateRole } from "../change.ts";
import type { Facts } from "../facts.ts";
import { listText } from "../list-text.ts";
import type { LiveState } from "../live.ts";
import type { Risk } from "./risk.ts";

/** Whoever has the role may do more at once. A role that is new has nobody yet, unless keys kept the tag of one that went. */
export function permissionRisks(
  { name, desired }: CreateRole | UpdateRole,
  { live }: Facts,
): readonly Risk[] {
  const present = live.roles.find((role) => role.name === name);
  if (!present && !isHeld(name, live)) return [];
  const permitted = present?.permissions ?? [];
  const gained = desired.permissions.filter((each) => !permitted.includes(each));
  if (gained.length === 0) return [];
  const message = `role ${name}: may also ${listText(gained)}`;
  return [{ class: "privilege-widened", kind: "Role", name, message }];
}

const isHeld = (tag: string, { keys, foreign }: LiveState): boolean =>
  (foreign.heldRoles ?? []).includes(tag) ||
  keys.some(({ roles }) => roles.some((role) => role.type === "custom" && role.tag === tag));
