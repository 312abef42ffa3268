import { BlockList, isIPv4, isIPv6 } from "node:net";
import { type AddressRange, renderRange } from "../../core/address-range.ts";

/** Ranges of addresses to ask whether one is in any of them. An IPv6 range holds no IPv4 address. */
export class AddressSet {
  // Apart: a single BlockList finds IPv4 addresses in IPv6 ranges.
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  constructor(ranges: readonly AddressRange[]) {
    for (const range of ranges) {
      const { family, first, prefix } = range;
      const address = renderRange({ family, first, prefix: family === "ipv4" ? 32 : 128 });
      this.#lists[family].addSubnet(address, prefix, family);
    }
  }

  /** `address` as `canonicalAddress` gives it; anything else is in no range. */
  has(address: string): boolean {
    if (isIPv4(address)) return this.#lists.ipv4.check(address, "ipv4");
    return isIPv6(address) && this.#lists.ipv6.check(address, "ipv6");
  }
}
