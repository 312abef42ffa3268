import { canonicalAddress, parseRange, renderRange } from "../../core/address-range.ts";

const NETWORK_BITS = 64;

/**
 * Which clients count as one: an IPv4 address, or the /64 network that an IPv6 client can choose its addresses
 * from. What is no address counts as one client.
 */
export function clientNetwork(address: string): string {
  const range = parseRange(canonicalAddress(address) ?? "");
  if ("fault" in range) return "unknown";
  if (range.family === "ipv4") return renderRange(range);
  const beyond = BigInt(128 - NETWORK_BITS);
  return renderRange({ ...range, first: (range.first >> beyond) << beyond, prefix: NETWORK_BITS });
}
