/** `keywright store clear-allowlist`: lets every address call the store again. */

import { randomBytes } from "node:crypto";
import { clearAllowlist as clear } from "../../server/upkeep/clear-allowlist.ts";
import type { Host } from "../host.ts";
import { readStorePlace } from "../read-store-place.ts";
import type { StoreOptions } from "../store-options.ts";

export async function clearAllowlist(host: Host, options: StoreOptions): Promise<number> {
  const place = await readStorePlace(host, options);
  const clock = { now: () => new Date() };
  const random = { bytes: (length: number) => randomBytes(length) };
  const removed = await clear({ ...place, clock, random });
  if (removed.length > 0) host.out(`Removed from the IP allowlist: ${removed.join(", ")}\n`);
  host.out("The IP allowlist is empty: every address may call the store.\n");
  return 0;
}
