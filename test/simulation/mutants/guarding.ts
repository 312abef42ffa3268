/** Guards, marks of ownership and the policy, disregarded. */

import type { Mutant } from "./mutant.ts";

export const GUARDING: readonly Mutant[] = [
  {
    name: "trusts the name instead of the marker",
    file: "core/ownership.ts",
    find: "  const keys = reading.keys.filter((key) => isOwned(key, instance));",
    replace: `  const keys = reading.keys
    .filter(({ id }) => !ownKeyIds.includes(id))
    .map((key) => ({
      ...key,
      marker: key.marker ?? { instance, name: key.displayName, generation: 1, operation: key.id },
    }));`,
  },
  {
    name: "takes other instances' keys for its own",
    file: "core/ownership.ts",
    find: "key.marker?.instance === instance;",
    replace: "key.marker !== undefined;",
  },
  {
    name: "has no budget for revocations",
    file: "core/guard.ts",
    find: "if (names.length <= limits.maxRevocations) return undefined;",
    replace: "if (names.length >= 0) return undefined;",
  },
  {
    name: "accepts an empty set of manifests",
    file: "core/guard.ts",
    find: "if (desired.keys.length > 0 || live.keys.length === 0) return undefined;",
    replace: "if (desired.keys.length >= 0) return undefined;",
  },
  {
    name: "acts on an incomplete reading",
    scenario: "a stranger's value in a slot that is left",
    file: "core/guard.ts",
    find: "if (live.complete || changes.length === 0) return undefined;",
    replace: "if (live.complete || changes.length >= 0) return undefined;",
  },
  {
    name: "takes an incomplete reading for a complete one",
    scenario: "a stranger's value in a slot that is left",
    file: "reconcile/read-all.ts",
    find: 'if (isKeywrightError(error, "STORE_INCOMPLETE")) return { items, complete: false };',
    replace: 'if (isKeywrightError(error, "STORE_INCOMPLETE")) return { items, complete: true };',
  },
  {
    name: "revokes the key that it runs with",
    file: "core/guard.ts",
    find: "  if (!own) return undefined;",
    replace: "  if (!own || own) return undefined;",
  },
  {
    name: "revokes a protected key",
    file: "core/guard.ts",
    find: '  if (names.length === 0) return undefined;\n  return {\n    guard: "protected-key",',
    replace: '  if (names.length >= 0) return undefined;\n  return {\n    guard: "protected-key",',
  },
  {
    name: "acts on two live keys with one marker",
    file: "core/blocked.ts",
    find: 'if (twin && !(by === "store" && isTwice([twin, key], record))) {',
    replace: "if (twin && !twin) {",
  },
  {
    name: "mints beside a key that lost its marker",
    by: ["blocking", "I5", "I4"],
    file: "core/plan.ts",
    find: "holdAltered(focus(whole, facts), facts, limits)",
    replace: "focus(whole, facts)",
  },
  {
    name: "takes a key for that of the name which somebody wrote into its marker",
    by: ["blocking", "I5", "I4", "I2"],
    file: "core/altered-keys.ts",
    find: "  return [...lost, ...bent]",
    replace: "  return [...lost]",
  },
];
