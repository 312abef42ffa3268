import type { Expires } from "../desired.ts";
import { expiresAt, hasDesiredExpiry, renderExpires } from "../expiry.ts";
import type { Facts } from "../facts.ts";
import type { LiveKey } from "../live.ts";
import type { Risk } from "./risk.ts";
import type { Succession } from "./succession.ts";

/**
 * Of a key that takes the place of another: by the rule under which that one was minted, would a key of today end later?
 * Where the ledger has lost that rule, the life that the store's dates tell takes its place. A key that was only adopted
 * keeps its end.
 */
export function expiryRisks(
  { change, live, recorded, isBegun }: Succession,
  { now }: Facts,
): readonly Risk[] {
  if (isBegun || (change.action !== "rotate" && change.action !== "create")) return [];
  const { name, desired } = change;
  const before = recorded?.expires ?? (live && lifeOf(live, desired.expires));
  if (!before || endOf(desired.expires, now) <= endOf(before, now)) return [];
  const message = `${name}: expires ${renderExpires(before)} → ${renderExpires(desired.expires)}`;
  return [{ class: "expiry-lengthened", kind: "ApiKey", name, message }];
}

/** `wanted`, where the dates fit it. */
function lifeOf(live: LiveKey, wanted: Expires): Expires {
  if (hasDesiredExpiry(wanted, live, undefined)) return wanted;
  if (live.expiresAt === undefined) return { type: "never" };
  return { type: "after", ms: Date.parse(live.expiresAt) - Date.parse(live.createdAt) };
}

/** Milliseconds since 1970 of a key minted at `now`. */
function endOf(expires: Expires, now: Date): number {
  const end = expiresAt(expires, now);
  return end === undefined ? Infinity : Date.parse(end);
}
