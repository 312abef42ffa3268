/** `docs/simulation.md` names every fault and every invariant, and nothing else. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FAULTS_OF } from "../../src/simulation/fault-kinds.ts";
import { INVARIANTS } from "../../src/simulation/invariants.ts";

const text = readFileSync(new URL("../../docs/simulation.md", import.meta.url), "utf8");

const tableAfter = (heading: string): readonly (readonly string[])[] => {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `([^`]+)` +\| (.+?) +\|$/gm)];
  return rows.map(([, name = "", says = ""]) => [name, says]);
};

test("the faults in the documentation are those that the simulator has", () => {
  const named = tableAfter("The faults").map(([name]) => name);
  expect(new Set(named)).toEqual(new Set(Object.values(FAULTS_OF).flat()));
});

test("the invariants in the documentation are those that the simulator checks, in the same words", () => {
  expect(tableAfter("What must hold")).toEqual(Object.entries(INVARIANTS));
});
