/** What a mint is asked for: an attempt is taken up again only for the same. */

import type { DesiredKey } from "./desired.ts";
import { digestOf } from "./digest.ts";
import { renderRoles } from "./role-ref.ts";

/** A digest over what a new key is made with and cannot change afterwards. */
export const mintRequest = ({ roles, expires, securityLevel, rotation }: DesiredKey): string =>
  digestOf({ roles: renderRoles(roles), expires, securityLevel, serial: rotation.serial });
