import { isKeywrightError } from "../core/error.ts";
import type { Kind, LiveByKind } from "../core/live.ts";
import type { KeyStore, Wanted } from "../core/ports.ts";

export interface WholeReading<T> {
  readonly items: readonly T[];
  /** False when the store itself says that there is more. */
  readonly complete: boolean;
}

/** A reading that the store itself calls incomplete is kept as far as it goes; a guard acts on the flag. */
export async function readAll<K extends Kind>(
  store: KeyStore,
  kind: K,
  signal: AbortSignal | undefined,
  wanted?: Wanted,
): Promise<WholeReading<LiveByKind[K]>> {
  const items: LiveByKind[K][] = [];
  try {
    for await (const item of store.list(kind, signal, wanted)) items.push(item);
    return { items, complete: true };
  } catch (error) {
    if (isKeywrightError(error, "STORE_INCOMPLETE")) return { items, complete: false };
    throw error;
  }
}
