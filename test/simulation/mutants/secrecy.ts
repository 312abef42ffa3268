/** A secret where none may be. */

import type { Mutant } from "./mutant.ts";

export const SECRECY: readonly Mutant[] = [
  {
    name: "puts the secret into an event",
    by: ["I3"],
    file: "reconcile/create-key.ts",
    find: 'effect(job.run, keySubject(job, "create-key", attempt), () =>',
    replace: `effect(
    job.run,
    { ...keySubject(job, "create-key", attempt), target: attempt.secret?.reveal() },
    () =>`,
  },
  {
    name: "puts the secret into the record",
    by: ["I3"],
    file: "reconcile/mint-in-store.ts",
    find: "claim(job, { ...recordBody(job), intent: minted.intent }",
    replace: "claim(job, { ...recordBody(job), intent: { ...minted.intent, value: minted.secret.reveal() } }",
  },
  {
    name: "puts the secret into an error's message",
    scenario: "a rotation",
    by: ["I3"],
    file: "reconcile/mint-key.ts",
    find: "the new key ${id} (…${last4Of(secret)})",
    replace: "the new key ${id} (${secret.reveal().slice(8, 40)})",
  },
  {
    name: "puts the secret into a receipt",
    by: ["I3"],
    file: "reconcile/deliver.ts",
    find: `        sink.write(slot, "current", secret, stamp, expected),
      ),`,
    replace: `        sink.write(slot, "current", secret, stamp, expected),
      ).then((receipt) => ({ ...receipt, version: secret.reveal() })),`,
  },
];
