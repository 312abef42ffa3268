/** What went wrong with Vault, told of the sink and its settings. */

import { type Slot, slotId } from "../../core/desired.ts";
import { isKeywrightError, KeywrightError } from "../../core/error.ts";

/** Errors of the HTTP client as those of a sink; what already is one stays. */
export async function withVaultFaults<T>(
  code: "SINK_UNUSABLE" | "SINK_WRITE_FAILED",
  slot: Slot,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isKeywrightError(error) || error.code.startsWith("SINK_")) throw error;
    throw new KeywrightError(code, `${slotId(slot)}: ${ofVault(error.message, slot.sink)}`, {
      ...(error.hint !== undefined && { hint: ofVault(error.hint, slot.sink) }),
      cause: error,
    });
  }
}

/** The HTTP client speaks of stores. */
const ofVault = (text: string, sink: string): string =>
  text
    .replaceAll("store.url", `sinks.${sink}.address`)
    .replaceAll("store.driver", `sinks.${sink}.driver`)
    .replaceAll("store.credential", `sinks.${sink}.auth`)
    .replaceAll(/\b(the|a) (key )?store\b/gi, (_, article: string) => `${article} Vault server`);
