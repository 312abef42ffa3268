/** Values that do not reach their slots, or leave them at the wrong time. */

import type { Mutant } from "./mutant.ts";

export const DELIVERY: readonly Mutant[] = [
  {
    name: "delivers to the first sink only",
    file: "reconcile/deliver.ts",
    find: "  for (const slot of slots) {\n    const expected",
    replace: "  for (const slot of slots.slice(0, 1)) {\n    const expected",
  },
  {
    name: "promotes although one sink failed",
    scenario: "a rotation",
    file: "reconcile/deliver.ts",
    find: `        sink.write(slot, "current", secret, stamp, expected),
      ),`,
    replace: `        sink.write(slot, "current", secret, stamp, expected),
      ).catch(() => ({ slot, generation: stamp.generation, fingerprint: stamp.fingerprint, at: "" })),`,
  },
  {
    name: "delivers over a value that was not there when it was planned",
    file: "reconcile/deliver.ts",
    find: 'sink.write(slot, "current", secret, stamp, expected)',
    replace: 'sink.write(slot, "current", secret, stamp)',
  },
  {
    name: "promotes with the fingerprint of another value",
    file: "reconcile/promote.ts",
    find: "fingerprint: intent.fingerprint,",
    replace: "fingerprint: job.record?.current?.fingerprint ?? intent.fingerprint,",
  },
  {
    name: "gives no receipts",
    file: "reconcile/promote.ts",
    find: "    receipts,\n    ...(intent",
    replace: "    receipts: [],\n    ...(intent",
  },
  {
    name: "never empties a slot that is nobody's now",
    by: ["convergence"],
    file: "reconcile/remove-value.ts",
    find: 'sink.remove(slot, "current")',
    replace: "Promise.resolve()",
  },
  {
    name: "empties a slot whoever owns the value in it",
    file: "reconcile/remove-value.ts",
    find: "if (!entry || !fingerprints.has(fingerprintOf(entry.secret))) return;",
    replace: "",
  },
  {
    name: "copies another value than the current one",
    file: "reconcile/update-key.ts",
    find: "if (secret && isValueOf(secret, current, recorded)) return secret;",
    replace: "if (secret) return secret;",
  },
  {
    name: "writes over a value of strangers",
    file: "core/hold-contested.ts",
    find: "if (isKnown || hasUsed(known.records.get(name), slot) || allowed.includes(name)) continue;",
    replace: "continue;",
  },
];
