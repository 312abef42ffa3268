import type { DesiredKey } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { hasDesiredExpiry } from "../core/expiry.ts";
import type { LiveKey } from "../core/live.ts";
import type { CreateKeyRequest } from "../core/ports.ts";
import { renderRoles } from "../core/role-ref.ts";

type Made = Pick<LiveKey, "roles" | "expiresAt">;

/** I6: STORE_CONTRACT for a key that is listed with another end, to the second, or with other roles than `asked`. */
export function refuseOther(made: Made, asked: Pick<CreateKeyRequest, "roles" | "expiresAt">): void {
  if (secondOf(made.expiresAt) !== secondOf(asked.expiresAt)) {
    throw other(`expires at ${made.expiresAt ?? "no time"}, not at ${asked.expiresAt ?? "no time"}`);
  }
  if (textOf(made) !== textOf(asked)) {
    throw other(`has the roles ${textOf(made) || "none"}, not ${textOf(asked) || "none"}`);
  }
}

/** Whether what an earlier run made is worth going on with, when it is not known to the second what was asked for. */
export const isAsDesired = (made: Made & Pick<LiveKey, "createdAt">, desired: DesiredKey): boolean =>
  hasDesiredExpiry(desired.expires, made, undefined) && textOf(made) === textOf(desired);

const secondOf = (instant: string | undefined): number | undefined =>
  instant === undefined ? undefined : Math.floor(Date.parse(instant) / 1000);

const textOf = ({ roles }: Pick<LiveKey, "roles">): string => renderRoles(roles).join(", ");

const other = (how: string): KeywrightError =>
  new KeywrightError("STORE_CONTRACT", `the store made a key that ${how} as it was asked`, {
    hint: "what the store itself allows may be stricter than the manifest: set spec.expires and spec.roles to that; the next run revokes the key",
  });
