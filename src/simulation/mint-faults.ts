import type { SinkAct, StoreAct } from "./act.ts";
import { alteredNames, isToBeTold, nameNow } from "./decide-on-altered.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { Breach } from "./trial.ts";
import type { Universe } from "./universe.ts";
import type { Witness } from "./witness.ts";

/**
 * I5: no key is made beside one that the ledger has and whose marker a person edited before `process` began, unless a
 * person has let that key go. Empty for any other act.
 */
export function mintFaults(
  universe: Universe,
  witness: Witness,
  { allowed }: SimulatedProcess,
  act: StoreAct | SinkAct,
): readonly Omit<Breach, "at">[] {
  if (act.type !== "create" || act.request.kind !== "ApiKey") return [];
  const { altered, alteredInFlight } = witness.excuses;
  const name = nameNow(universe.desired, act.request.marker.name);
  if (allowed.includes(name)) return [];
  return [...altered.keys()]
    .filter((id) => !alteredInFlight.has(id) && isToBeTold(universe, witness, id))
    .filter((id) => alteredNames(universe, witness, id).includes(name))
    .map((id) => ({
      invariant: "I5",
      message: `${name} was to be minted beside ${id}, whose marker was edited`,
    }));
}
