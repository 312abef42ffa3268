import type { Excuses } from "./excuses.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { Universe } from "./universe.ts";

/**
 * I8: why `process` may not revoke the key; undefined: it may. It may when the plan that it applies names the key, within
 * the budget; or when the ledger has the key's operation as an attempt, which the protocol then clears away.
 */
export function revocationFault(
  universe: Universe,
  excuses: Excuses,
  { approved, loaded, allowed }: SimulatedProcess,
  id: string,
): string | undefined {
  const stored = [...universe.store.peek()].find(({ key }) => key.id === id);
  const marker = stored?.key.marker;
  if (excuses.alteredInFlight.has(id)) return undefined;
  // What lets nobody in any more is told to end once more, by its id.
  const isOver = stored !== undefined && ["revoked", "expired"].includes(universe.store.statusOf(stored));
  if (!marker && isOver) return undefined;
  if (!marker) return `${id} is not ours, and was to be revoked`;
  const planned = (approved?.changes ?? []).filter(
    (change) => change.kind === "ApiKey" && change.action === "revoke",
  );
  const removed = new Set(
    planned
      .filter(({ reason, name }) => reason === "removed" && !allowed.includes(name))
      .map(({ name }) => name),
  );
  if (removed.size > universe.scenario.maxRevocations)
    return `${removed.size} names were removed in one run, ${universe.scenario.maxRevocations} are allowed`;
  if (id === universe.store.adminKeyId)
    return `${id} is the key that the run itself uses, and was to be revoked`;
  if (removed.has(marker.name) && loaded?.keys.length === 0)
    return `${id} of ${marker.name} was to be revoked, and no manifest is left at all`;
  if (removed.has(marker.name) && universe.history.table.get(marker.name)?.record?.protected === true)
    return `${id} of ${marker.name} is protected, and was to be revoked`;
  if (planned.some(({ key }) => key.id === id)) return undefined;
  if (excuses.isTellable(id)) return `${id} was made by a person, and was to be revoked`;
  const records = [...universe.history.table.values()].flatMap(({ record }) => record ?? []);
  const isAttempt = records.some(({ intent, abandoned = [] }) =>
    [intent, ...abandoned].some((each) => each?.operation === marker.operation),
  );
  return isAttempt ? undefined : `${id} of ${marker.name} was to be revoked, and no approved plan names it`;
}
