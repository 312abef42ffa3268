/** Keys whose marker a person edited: what the plan has to say of them, and what people do about it. */

import type { DesiredState } from "../core/desired.ts";
import type { Stage } from "./run-schedule.ts";
import type { Universe } from "./universe.ts";
import type { Witness } from "./witness.ts";

/** Whether the ledger has its id, it still lets somebody in, and its marker is not what it was. */
export function isToBeTold(universe: Universe, { excuses }: Witness, id: string): boolean {
  const { store, desired } = universe;
  const stored = [...store.peek()].find(({ key }) => key.id === id);
  if (!stored || !universe.isRecorded(id) || store.statusOf(stored) !== "active") return false;
  const { marker } = stored.key;
  const before = excuses.altered.get(id)?.marker.name ?? "";
  // Who was at work with it just then may have written it anew.
  return marker === undefined || nameNow(desired, marker.name) !== nameNow(desired, before);
}

/** The name that the key had, and the one that it says now, as the manifests call them. */
export function alteredNames(universe: Universe, { excuses }: Witness, id: string): readonly string[] {
  const before = excuses.altered.get(id)?.marker.name;
  const stored = universe.managed().find(({ key }) => key.id === id);
  return [before, stored?.key.marker?.name].flatMap((name) =>
    name === undefined ? [] : nameNow(universe.desired, name),
  );
}

/** One puts the marker back, one ends the key, one keeps it and lets Keywright make another: gives the names to allow. */
export async function decideOnAltered(
  { universe, witness }: Stage,
  told: ReadonlySet<string>,
): Promise<readonly string[]> {
  const { excuses, census, needs } = witness;
  const allowed: string[] = [];
  for (const [index, [id, { marker, description }]] of [...excuses.altered].entries()) {
    if (!alteredNames(universe, witness, id).some((name) => told.has(name))) continue;
    // What has expired and is replaced is nobody's concern.
    if (!isToBeTold(universe, witness, id) && !universe.managed().some(({ key }) => key.id === id)) continue;
    const way = (universe.schedule.seed + index) % 3;
    if (way === 0 || (way === 2 && !canBeLeft(universe, id))) {
      census.forget(id);
      excuses.altered.delete(id);
      universe.store.editByHand(id, { marker, description });
      continue;
    }
    needs.add(marker.name);
    if (way === 2) allowed.push(nameNow(universe.desired, marker.name));
    else await universe.store.revoke({ kind: "ApiKey", id });
    if (way === 1) excuses.ended.add(id);
  }
  universe.isTouched = true;
  return allowed;
}

/** What was replaced stays in the ledger until it is gone, and what says another name cannot stay so. */
const canBeLeft = (universe: Universe, id: string): boolean =>
  [...universe.history.table.values()].some(
    ({ record }) =>
      record?.current?.id === id &&
      universe.desired.keys.some(({ name }) => name === nameNow(universe.desired, record.name)),
  ) && !universe.managed().some(({ key }) => key.id === id);

/** What a name in a marker is called by the manifests now. */
export const nameNow = ({ keys }: DesiredState, name: string): string =>
  keys.find(({ previousNames }) => previousNames.includes(name))?.name ?? name;
