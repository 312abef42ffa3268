/** Finds the key that a store made without telling its id: by its marker, and by the last four characters. */

import { isAlike } from "../core/blocked.ts";
import { KeywrightError } from "../core/error.ts";
import { last4Of } from "../core/key-format.ts";
import type { LiveKey, OwnedKey } from "../core/live.ts";
import { reap } from "./abandon.ts";
import type { CreatedKey } from "./create-key.ts";
import type { KeyJob } from "./key-job.ts";
import type { MintedKey } from "./minted-key.ts";
import { refuseOther } from "./refuse-other.ts";
import type { Asker } from "./share-reading.ts";

type Sought = Pick<MintedKey, "intent" | "secret"> & Pick<CreatedKey, "asked">;

/**
 * Revokes its twins: the store carried the create out twice, and nobody has the other secrets. What is not like it has a
 * marker that somebody copied, and is left to block the name.
 * STORE_OUTCOME_UNKNOWN when the store does not list the key (yet); STORE_CONTRACT when it is another than was asked for.
 */
export async function identifyKey(
  job: KeyJob,
  { intent, secret, asked }: Sought,
  listing: Asker<readonly LiveKey[]>,
): Promise<OwnedKey> {
  const { instance } = job.run;
  const marked = (await listing.ask()).filter(
    (key): key is OwnedKey => key.marker?.instance === instance && key.marker.operation === intent.operation,
  );
  const [found, ...others] = marked.filter(({ last4 }) => last4 === last4Of(secret));
  if (!found) {
    throw new KeywrightError(
      "STORE_OUTCOME_UNKNOWN",
      "the store does not list the key that it has just made",
      {
        hint: "run again: the next run finds it by its marker",
      },
    );
  }
  if (others.length > 0) {
    throw new KeywrightError("STORE_CONFLICT", `${found.id} and ${others[0]?.id} cannot be told apart`, {
      hint: "the next run begins again with a new key",
    });
  }
  refuseOther(found, asked);
  for (const twin of marked.filter((key) => key !== found && isAlike(key, found))) await reap(job, twin);
  return found;
}
