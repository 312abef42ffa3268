/** What went wrong with Vault, told of the sink and its settings. */

import { type Slot, slotId } from "../../core/desired.ts";
import { type Telling, withApiFaults } from "../with-api-faults.ts";

/** What `withApiFaults` says of it. */
export const withVaultFaults = <T>(code: Telling["code"], slot: Slot, work: () => Promise<T>): Promise<T> =>
  withApiFaults({ code, what: slotId(slot), ofSink: (text) => ofVault(text, slot.sink) }, work);

/** The HTTP client speaks of stores. */
const ofVault = (text: string, sink: string): string =>
  text
    .replaceAll("store.url", `sinks.${sink}.address`)
    .replaceAll("store.driver", `sinks.${sink}.driver`)
    .replaceAll("store.credential", `sinks.${sink}.auth`)
    .replaceAll(/\b(the|a) (key )?store\b/gi, (_, article: string) => `${article} Vault server`);
