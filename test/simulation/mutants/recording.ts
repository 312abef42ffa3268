/** The ledger told too late, too little or by the wrong run. */

import type { Mutant } from "./mutant.ts";

export const RECORDING: readonly Mutant[] = [
  {
    name: "claims whatever the version",
    scenario: "a rotation",
    by: ["I8", "I5", "I1"],
    file: "ledger/record-table.ts",
    find: "  if (found !== expected) {",
    replace: "  if (found < 0) {",
  },
  {
    name: "acts without an intent",
    file: "reconcile/effect.ts",
    find: "if (!run.announced.delete(subjectId(subject))) await ledger.append(intentOf(run, subject));",
    replace: "run.announced.delete(subjectId(subject));",
  },
  {
    name: "tells the intent after the act",
    file: "reconcile/effect.ts",
    find: "if (!run.announced.delete(subjectId(subject))) await ledger.append(intentOf(run, subject));",
    replace: `if (!run.announced.delete(subjectId(subject))) {
    const before = act;
    act = async () => {
      const result = await before();
      await ledger.append(intentOf(run, subject));
      return result;
    };
  }`,
  },
  {
    name: "announces nothing",
    file: "reconcile/effect.ts",
    find: "const written = await write(subjects.map((subject) => intentOf(run, subject)));",
    replace: "const written = await write([]);",
  },
  {
    name: "tells no outcome",
    file: "reconcile/effect.ts",
    find: '    close("ok");',
    replace: "",
  },
  {
    name: "calls an unknown outcome a failure",
    scenario: "a rotation",
    file: "reconcile/effect.ts",
    find: 'close(isUnknown(error) ? "unknown" : "failed", errorCode(error));',
    replace: 'close("failed", errorCode(error));',
  },
  {
    name: "calls a failure a success",
    scenario: "a rotation",
    file: "reconcile/effect.ts",
    find: 'close(isUnknown(error) ? "unknown" : "failed", errorCode(error));',
    replace: 'close("ok");',
  },
  {
    name: "records no end of a run",
    file: "reconcile/apply-plan.ts",
    find: 'await rememberWith(world, end, { type: "run-finished", run: id, at: record.finishedAt, record });',
    replace: "",
  },
  {
    name: "works without the lease",
    by: ["I7", "I8"],
    file: "reconcile/apply-plan.ts",
    find: "    return await ledger.lease(holder, 0);",
    replace: "    return { fence: 0, lost: new AbortController().signal, release: async () => undefined };",
  },
  {
    name: "carries out a plan that is out of date",
    file: "reconcile/apply-plan.ts",
    find: "  if (points.length > 0) {",
    replace: "  if (points.length < 0) {",
  },
];
