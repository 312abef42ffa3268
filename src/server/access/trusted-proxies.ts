/** The proxies whose word on a client's address is taken (`X-Forwarded-For`); everybody else's is ignored. */

import { KeywrightError } from "../../core/error.ts";
import { canonicalAddress, parseRange } from "../../core/address-range.ts";
import { AddressSet } from "../domain/address-set.ts";

/** Whether the word of a hop is taken. */
export type TrustProxy = (hop: string | undefined) => boolean;

export const trustNobody: TrustProxy = () => false;

/** Trusts these addresses and ranges. Throws USAGE for what is neither. */
export function trustProxies(proxies: readonly string[]): TrustProxy {
  const trusted = new AddressSet(proxies.map(parseProxy));
  return (hop = "") => trusted.has(canonicalAddress(hop) ?? "");
}

function parseProxy(text: string) {
  const range = parseRange(text);
  if (!("fault" in range)) return range;
  throw new KeywrightError("USAGE", `--trusted-proxy ${JSON.stringify(text)} ${range.fault}.`, {
    hint: "Name the addresses or ranges that your proxies call from, and nothing else: they can claim any address.",
  });
}
