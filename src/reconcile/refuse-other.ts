import type { DesiredKey } from "../core/desired.ts";
import { HOUR_MS } from "../core/duration.ts";
import { KeywrightError } from "../core/error.ts";
import { expiresAt } from "../core/expiry.ts";
import type { Intent } from "../core/key-record.ts";
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

/** How long after its intent a create may go out: a store may ask us to wait. */
const LATEST_MS = HOUR_MS;

/**
 * Whether what an earlier run made, and nobody has seen yet, is what it asked for: its end is told by our own clock, as the
 * asking was. What that run had already looked at is known by its fingerprint.
 */
export function isAsAsked(
  made: Made,
  { at, fingerprint }: Intent,
  { expires, roles }: Pick<DesiredKey, "expires" | "roles">,
): boolean {
  if (fingerprint !== undefined) return true;
  const asked = expiresAt(expires, new Date(at));
  const isEnd =
    asked === undefined || made.expiresAt === undefined
      ? asked === made.expiresAt
      : Math.abs(Date.parse(made.expiresAt) - Date.parse(asked)) <= LATEST_MS;
  return isEnd && textOf(made) === textOf({ roles });
}

const secondOf = (instant: string | undefined): number | undefined =>
  instant === undefined ? undefined : Math.floor(Date.parse(instant) / 1000);

const textOf = ({ roles }: Pick<LiveKey, "roles">): string => renderRoles(roles).join(", ");

const other = (how: string): KeywrightError =>
  new KeywrightError("STORE_CONTRACT", `the store made a key that ${how} as it was asked`, {
    hint: "what the store itself allows may be stricter than the manifest: set spec.expires and spec.roles to that; the next run revokes the key",
  });
