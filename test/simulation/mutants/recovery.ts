/** What becomes of an attempt that did not end, done wrongly. */

import type { Mutant } from "./mutant.ts";

export const RECOVERY: readonly Mutant[] = [
  {
    name: "drops the intent when the outcome is unknown",
    scenario: "a rotation in two sinks",
    by: ["I5", "I1", "I8", "blocking"],
    file: "reconcile/mint-key.ts",
    find: "  return carryThrough(job, desired, await beginAttempt(job, desired, earlier), previous);",
    replace: `  try {
    return await carryThrough(job, desired, await beginAttempt(job, desired, earlier), previous);
  } catch (error) {
    if (isKeywrightError(error, "STORE_OUTCOME_UNKNOWN")) {
      const { name, version, intent, ...rest } = job.record;
      job.record = await job.run.world.ledger.claim(name, version, rest);
    }
    throw error;
  }`,
  },
  {
    name: "begins again without remembering the abandoned attempt",
    scenario: "a rotation in two sinks",
    by: ["I1", "blocking"],
    file: "reconcile/attempt.ts",
    find: "before ? [abandonedMint(job, before, overlapMs)] : []",
    replace: "[]",
  },
  {
    name: "takes up an attempt that was begun for another request",
    scenario: "another mind in the middle of a rotation",
    file: "reconcile/attempt.ts",
    find: "if (!found || (!isDelivered && intent.request !== mintRequest(desired))) return { isDelivered };",
    replace: "if (!found) return { isDelivered };",
  },
  {
    name: "reaps whatever is not the current key",
    file: "reconcile/attempt.ts",
    find: "const leftovers = before &&",
    replace:
      "const leftovers = true ? job.group.live.filter(({ id }) => id !== job.record?.current?.id) : before &&",
  },
  {
    name: "reaps the current key as well",
    file: "reconcile/attempt.ts",
    find: "keysOf(job, before.operation) : []",
    replace: "job.group.live : []",
  },
  {
    name: "uses the operation of the abandoned attempt again",
    file: "reconcile/attempt.ts",
    find: "operation: createOperation(world.random),",
    replace: "operation: job.record?.intent?.operation ?? createOperation(world.random),",
  },
  {
    name: "mints without an intent in the ledger",
    file: "reconcile/attempt.ts",
    find: "await claim(job, { ...body, intent, ",
    replace: "await claim(job, { ...body, ",
  },
  {
    name: "reaps at once what a blind sink may hold",
    scenario: "a rotation in a blind sink",
    by: ["I2"],
    file: "reconcile/abandon.ts",
    find: "fingerprint !== undefined && slots.some((slot) => isBlind(job, slot));",
    replace: "false;",
  },
  {
    name: "looks for the secret in the current slots alone",
    scenario: "a rotation",
    by: ["I5"],
    file: "reconcile/find-value.ts",
    find: 'for (const stage of ["pending", "current"] as const)',
    replace: 'for (const stage of ["current"] as const)',
  },
  {
    name: "looks for the secret in the pending stages alone",
    scenario: "a rotation in two sinks",
    file: "reconcile/find-value.ts",
    find: 'for (const stage of ["pending", "current"] as const)',
    replace: 'for (const stage of ["pending"] as const)',
  },
  {
    name: "goes on with an attempt whose key is gone",
    file: "reconcile/attempt.ts",
    find: "if (isOfStore && (!live || (!isDelivered && !isAsAsked(live, intent, desired)))) return { isDelivered };",
    replace:
      "if (isOfStore && live && !isDelivered && !isAsAsked(live, intent, desired)) return { isDelivered };",
  },
];
