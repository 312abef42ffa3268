import { parseLooseRange, renderRange } from "../core/address-range.ts";
import { compareText } from "../core/issue.ts";
import type { LiveAllowlist } from "../core/live.ts";

/** What a store lists as its IP allowlist, with each address in its one spelling; what is no address stays as it is. */
export const liveAllowlist = (
  entries: readonly { readonly address: string; readonly description?: string | null }[],
): LiveAllowlist => ({
  kind: "IpAllowlist",
  entries: entries
    .map(({ address, description }) => ({ address: canonical(address), description: description ?? "" }))
    .sort((a, b) => compareText(a.address, b.address)),
});

function canonical(address: string): string {
  const range = parseLooseRange(address);
  return range ? renderRange(range) : address;
}
