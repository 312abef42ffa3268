/**
 * Makes a key ours that somebody else made, or gives ours back the marker that it lost: one update of the store, with our marker and the declared metadata. The marker
 * is the whole state, so a run that dies before it adopts again, and one that dies after it has nothing left to do.
 */

import type { AdoptKey } from "../core/change.ts";
import { KeywrightError } from "../core/error.ts";
import { createOperation } from "../core/operation.ts";
import { effect } from "./effect.ts";
import { claim, type KeyJob, recordBody } from "./key-job.ts";

export async function adoptKey(job: KeyJob, { desired, key: { id } }: AdoptKey): Promise<void> {
  const { adoptable, group, run } = job;
  const { name } = group;
  if (adoptable?.id !== id) throw new KeywrightError("STORE_CONFLICT", `key ${id} is gone from the store`);
  const known = job.record?.current?.id === id ? job.record.current : undefined;
  const { generation, operation } = known ?? { generation: 1, operation: createOperation(run.world.random) };
  const { displayName, description, labels, owner } = desired;
  // What the key may do stays as it is, also where the store would change it in place.
  const { roles, securityLevel } = adoptable;
  await effect(run, { effect: "adopt-key", kind: "ApiKey", name, operation, target: id }, () =>
    run.world.store.update({
      kind: "ApiKey",
      id,
      marker: { instance: run.instance, name, generation, operation },
      displayName,
      description,
      labels,
      roles,
      securityLevel,
      ...(owner !== undefined && { owner }),
    }),
  );
  // Only a manifest that is gone needs the ledger for this.
  if (desired.protected) await claim(job, { ...recordBody(job), protected: true });
}
