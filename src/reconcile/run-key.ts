/** Carries out one change of a key, and says in a line what was done. */

import type { KeyChange, RevokeKey } from "../core/change.ts";
import { slotId } from "../core/desired.ts";
import { keyText } from "../core/key-text.ts";
import { adoptKey } from "./adopt-key.ts";
import { fieldNames } from "./field-names.ts";
import type { KeyJob } from "./key-job.ts";
import { mintKey } from "./mint-key.ts";
import type { Done } from "./outcome.ts";
import { revokeKey } from "./revoke-key.ts";
import { updateKey } from "./update-key.ts";

export async function runKey(job: KeyJob, change: KeyChange): Promise<Done> {
  switch (change.action) {
    case "create":
    case "rotate": {
      const receipts = await mintKey(job, change);
      return {
        message: mintMessage(job),
        deliveredTo: receipts.map(({ slot }) => slotId(slot)),
      };
    }
    case "adopt":
      await adoptKey(job, change);
      return { message: `adopted ${keyText(change.key)}: its value is held elsewhere` };
    case "update":
      await updateKey(job, change);
      return { message: `changed ${fieldNames(change.fields)}` };
    case "revoke":
      await revokeKey(job, change);
      return { message: revokeMessage(change) };
  }
}

function mintMessage({ record }: KeyJob): string {
  const current = record?.current;
  const retiring = record?.retiring.map(({ id, retireAt }) => `${id} retires at ${retireAt}`) ?? [];
  return [`generation ${current?.generation ?? "?"} (…${current?.last4 ?? "?"})`, ...retiring].join("; ");
}

const revokeMessage = ({ key, reason }: RevokeKey): string =>
  reason === "unminted"
    ? "cleared what was left of a key that was never made"
    : `revoked ${keyText(key)}: ${reason}`;
