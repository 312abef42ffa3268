/** Keys that end too early, too late or without need. */

import type { Mutant } from "./mutant.ts";

export const RETIREMENT: readonly Mutant[] = [
  {
    name: "gives the replaced key no overlap",
    by: ["I2"],
    file: "reconcile/promote.ts",
    find: "undated.map((key) => retiringAfter(job, key, desired.rotation.overlapMs))",
    replace: "undated.map((key) => retiringAfter(job, key, 0))",
  },
  {
    name: "retires without regard of the date",
    file: "core/retire-key.ts",
    find: 'if (retiring) return isReached(retiring.retireAt, now) ? "superseded" : undefined;',
    replace: 'if (retiring) return "superseded";',
  },
  {
    name: "forgets the replaced key",
    file: "reconcile/promote.ts",
    find: "    ...undated.map((key) => retiringAfter(job, key, desired.rotation.overlapMs)),",
    replace: "",
  },
  {
    name: "never retires",
    by: ["convergence"],
    file: "core/retire-key.ts",
    find: 'if (retiring) return isReached(retiring.retireAt, now) ? "superseded" : undefined;',
    replace: "if (retiring) return undefined;",
  },
  {
    name: "leaves the intent open when it promotes",
    by: ["convergence"],
    file: "reconcile/promote.ts",
    find: "    protected: desired.protected,",
    replace: "    protected: desired.protected,\n    intent: minted.intent,",
  },
  {
    name: "revokes a removed key before its slots are empty",
    file: "reconcile/revoke-key.ts",
    find: "await emptySlots(job, key.operation);",
    replace: "await revokeInStore(job, key).then(() => emptySlots(job, key.operation));",
  },
  {
    name: "takes a removed key for gone without revoking it",
    by: ["convergence"],
    file: "reconcile/revoke-key.ts",
    find: '  if (reason !== "unminted") await revokeInStore(job, key);',
    replace: "",
  },
  {
    name: "rotates at every run",
    file: "core/rotation.ts",
    find: "return due && now.getTime() >= Date.parse(due.at) ? reason(due.code, due.message) : undefined;",
    replace: "return due ? reason(due.code, due.message) : undefined;",
  },
  {
    name: "never sees that a sink lost the value",
    by: ["convergence"],
    file: "core/slot-reading.ts",
    find: '      return "empty";\n    case "blind"',
    replace: '      return "good";\n    case "blind"',
  },
];
