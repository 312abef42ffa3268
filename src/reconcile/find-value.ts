/** Looks for a secret by its fingerprint in the sinks that can be read: how a mint survives a crash. */

import { type Slot, slotId } from "../core/desired.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { Stage } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { type KeyJob, sinkOf } from "./key-job.ts";

export interface FoundValue {
  readonly secret: Secret;
  /** Whether a consumer could have read it: it stands in a current slot. */
  readonly delivered: boolean;
  /** `slotId`s whose pending stage holds it. */
  readonly staged: ReadonlySet<string>;
}

export async function findValue(
  job: KeyJob,
  slots: readonly Slot[],
  fingerprint: string,
): Promise<FoundValue | undefined> {
  let secret: Secret | undefined;
  let delivered = false;
  const staged = new Set<string>();
  for (const slot of slots.filter((each) => isReadable(job, each))) {
    for (const stage of ["pending", "current"] as const) {
      const found = await readValue(job, slot, stage, fingerprint);
      if (!found) continue;
      secret = found;
      if (stage === "current") delivered = true;
      else staged.add(slotId(slot));
    }
  }
  return secret && { secret, delivered, staged };
}

/** An earlier attempt's sink may be configured no longer. */
const isReadable = ({ run }: KeyJob, slot: Slot): boolean =>
  run.world.sinks.get(slot.sink)?.capabilities.readable === true;

async function readValue(
  job: KeyJob,
  slot: Slot,
  stage: Stage,
  fingerprint: string,
): Promise<Secret | undefined> {
  const entry = await sinkOf(job, slot).read(slot, stage);
  return entry && fingerprintOf(entry.secret) === fingerprint ? entry.secret : undefined;
}
