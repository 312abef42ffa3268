import type { Universe } from "./universe.ts";
import type { Witness } from "./witness.ts";

/** I3: no value that a sink got or gave, or that a store made, is in what the ledger, plans, run records and errors say. */
export function searchSecrets(universe: Universe, witness: Witness): void {
  const { events, table } = universe.history;
  const said = [
    ...witness.said,
    JSON.stringify(events),
    JSON.stringify([...table.values()]),
    ...universe.trace,
  ];
  witness.count("I3");
  const text = said.join("\n");
  for (const part of witness.secretParts()) {
    const at = text.indexOf(part);
    if (at >= 0)
      witness.report("I3", `a secret was written down near: ${text.slice(Math.max(0, at - 80), at)}`);
  }
}
