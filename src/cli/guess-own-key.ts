import { isKeywrightError } from "../core/error.ts";
import type { KeyStore } from "../core/ports.ts";
import { READING_NEEDS } from "../core/store-needs.ts";

/** The key that the credential seems to be, of a store that does not tell; as its examination finds it. Undefined: nothing tells. */
export async function guessOwnKey(store: KeyStore, signal: AbortSignal): Promise<string | undefined> {
  if (store.ownKeyId !== undefined) return undefined;
  try {
    return (await store.examine(READING_NEEDS, signal)).caller?.id;
  } catch (error) {
    if (isKeywrightError(error, "STORE_FORBIDDEN")) return undefined;
    throw error;
  }
}
