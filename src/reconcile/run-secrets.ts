/** Carries out what is to be done beside the keys: to secrets of the store, and to its IP allowlist. */

import type { Change, SecretChange, UpdateAllowlist } from "../core/change.ts";
import { slotId } from "../core/desired.ts";
import { writtenSlots } from "../core/diff-secret.ts";
import { bringsValue } from "../core/hold-copied.ts";
import { type KeyRecord, secretRecordName } from "../core/key-record.ts";
import type { ChangeOutcome } from "../core/run.ts";
import { byName } from "./by-name.ts";
import { replaceAllowlist } from "./change-role.ts";
import { changeSecret } from "./change-secret.ts";
import type { Run } from "./effect.ts";
import { fieldNames } from "./field-names.ts";
import { mapBounded } from "./map-bounded.ts";
import { attempt, notRun } from "./outcome.ts";

interface Runner {
  readonly run: Run;
  readonly settle: (change: Change, outcome: ChangeOutcome) => ChangeOutcome;
}

type ObstacleOf = (change: SecretChange) => string | undefined;

/**
 * Secrets side by side; the changes of one secret one after the other, each whatever became of the other: two writes at
 * once could undo each other. Gives the secrets that have not got their values, by the slots that they take them from.
 */
export async function runSecrets(
  { run, settle }: Runner,
  changes: readonly SecretChange[],
  records: ReadonlyMap<string, KeyRecord>,
  obstacleOf: ObstacleOf,
): Promise<ReadonlyMap<string, string>> {
  const stale = new Map<string, string>();
  await mapBounded([...byName(changes)], run.world.concurrency, async ([name, ofName]) => {
    for (const change of ofName) {
      const obstacle = obstacleOf(change);
      const outcome =
        obstacle === undefined
          ? await attempt(run, change, async () => {
              await changeSecret(run, change, records.get(secretRecordName(name)));
              return { message: messageOf(change) };
            })
          : notRun(change, obstacle);
      const isApplied = settle(change, outcome).outcome === "applied";
      if (!isApplied && bringsValue(change)) stale.set(slotId(change.desired.valueFrom), name);
    }
  });
  return stale;
}

/** A secret waits for the key that writes its value in the same run; `unsettled`: keys that were not applied. */
export function obstaclesToSecrets(changes: readonly Change[], unsettled: ReadonlySet<string>): ObstacleOf {
  const writers = writtenSlots(changes);
  return (change) => {
    const writer = bringsValue(change) ? writers.get(slotId(change.desired.valueFrom)) : undefined;
    return writer !== undefined && unsettled.has(writer)
      ? `the key ${writer}, which is to write its value, was not applied`
      : undefined;
  };
}

const messageOf = (change: SecretChange): string =>
  change.action === "update" ? `changed ${fieldNames(change.fields)}` : `${change.action}d`;

/** After everything else: what comes after a mistake in it might not be let in any more. */
export async function runAllowlist(
  { run, settle }: Runner,
  changes: readonly UpdateAllowlist[],
): Promise<void> {
  for (const change of changes) {
    const outcome = await attempt(run, change, async () => {
      await replaceAllowlist(run, change);
      return { message: `changed ${fieldNames(change.fields)}` };
    });
    settle(change, outcome);
  }
}
