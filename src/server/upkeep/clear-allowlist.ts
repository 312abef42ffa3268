import { SYSTEM } from "../domain/audit.ts";
import { readAllowlist, replaceAllowlist } from "../domain/ip-allowlist.ts";
import { type StorePlace, openExistingStore } from "./store-place.ts";

/**
 * The way back in for whom the IP allowlist has locked out: empties it from outside of a server, whose very next
 * request it holds for. Gives the addresses that stood there. Throws STORE_UNUSABLE.
 */
export async function clearAllowlist(place: StorePlace): Promise<readonly string[]> {
  const opened = await openExistingStore(place);
  try {
    const entries = await readAllowlist(opened.context);
    await replaceAllowlist(opened.context, SYSTEM, []);
    return entries.map(({ address }) => address);
  } finally {
    await opened.close();
  }
}
