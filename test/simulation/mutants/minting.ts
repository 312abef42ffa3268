/** Steps of the mint left out, done in another order, or done twice. */

import type { Mutant } from "./mutant.ts";

export const MINTING: readonly Mutant[] = [
  {
    name: "promotes before it verifies",
    by: ["I2"],
    file: "reconcile/mint-key.ts",
    find: `  await verify(job, minted);
  const receipts = await deliverSecret(job, desired.deliverTo, minted.secret, stamp);
  await unstageSecret(job, stagedSlots(job, desired, minted), stamp);
  await promote(job, desired, minted, [...receipts, ...leftReceipts(job, minted)], previous);`,
    replace: `  const receipts = await deliverSecret(job, desired.deliverTo, minted.secret, stamp);
  await unstageSecret(job, stagedSlots(job, desired, minted), stamp);
  await promote(job, desired, minted, [...receipts, ...leftReceipts(job, minted)], previous);
  await verify(job, minted);`,
  },
  {
    name: "never verifies",
    by: ["I2"],
    file: "reconcile/mint-key.ts",
    find: "  await verify(job, minted);",
    replace: "",
  },
  {
    name: "takes any answer to the verification for a yes",
    scenario: "a rotation in two sinks",
    by: ["I2"],
    file: "reconcile/mint-key.ts",
    find: "if (answer.valid && (answer.id === undefined || answer.id === id)) return;",
    replace: "return;",
  },
  {
    name: "delivers before it creates",
    file: "reconcile/mint-key.ts",
    find: "  const minted = await mint(job, desired, attempt);",
    replace: `  if (attempt.secret && attempt.intent.fingerprint) {
    await deliverSecret(job, desired.deliverTo, attempt.secret, stampOf(job, attempt));
  }
  const minted = await mint(job, desired, attempt);`,
  },
  {
    name: "revokes the old key in the same run",
    file: "reconcile/mint-key.ts",
    find: "  await emptyLeftSlots(job, minted);",
    replace: `  await emptyLeftSlots(job, minted);
  if (previous) {
    const subject = { ...keySubject(job, "revoke-key", minted), target: previous.id };
    const request = { kind: "ApiKey", id: previous.id };
    await effect(job.run, subject, () => job.run.world.store.revoke(request));
  }`,
  },
  {
    name: "revokes the old key before it mints the new one",
    file: "reconcile/mint-key.ts",
    find: "  const earlier = await findAttempt(job, desired);",
    replace: `  if (previous) {
    const subject = { effect: "revoke-key", kind: "ApiKey", name: job.group.name, target: previous.id };
    const request = { kind: "ApiKey", id: previous.id };
    await effect(job.run, subject, () => job.run.world.store.revoke(request));
  }
  const earlier = await findAttempt(job, desired);`,
  },
  {
    name: "retries a create blindly",
    scenario: "a rotation in two sinks",
    file: "reconcile/create-key.ts",
    find: "export async function createKeyOf(job: KeyJob, desired: DesiredKey, attempt: Attempt): Promise<CreatedKey> {",
    replace: `export async function createKeyOf(job, desired, attempt) {
  try {
    return await createOnce(job, desired, attempt);
  } catch {
    return await createOnce(job, desired, attempt);
  }
}

async function createOnce(job: KeyJob, desired: DesiredKey, attempt: Attempt): Promise<CreatedKey> {`,
  },
  {
    name: "creates without a marker",
    by: ["I5", "I4", "I1", "I7", "blocking"],
    file: "reconcile/create-key.ts",
    find: "marker: { instance: run.instance, name",
    replace: 'marker: { instance: "", name',
  },
  {
    name: "asks for no expiry",
    by: ["I6"],
    file: "reconcile/create-key.ts",
    find: "...(end !== undefined && { expiresAt: end }),",
    replace: "",
  },
  {
    name: "asks for more rights than declared",
    by: ["I6"],
    file: "reconcile/create-key.ts",
    find: "roles: desired.roles,",
    replace: 'roles: [{ type: "default", role: "ADMIN" }],',
  },
  {
    name: "never stages",
    file: "reconcile/deliver.ts",
    find: "readableSlots(job, slots).filter((each) => !staged.has(slotId(each)))",
    replace: "[]",
  },
  {
    name: "never empties the pending stage",
    by: ["convergence"],
    file: "reconcile/deliver.ts",
    find: '(sink) => sink.remove(slot, "pending")',
    replace: "() => Promise.resolve()",
  },
  {
    name: "stages after the create",
    file: "reconcile/mint-sink-first.ts",
    find: `  await stageSecret(job, desired.deliverTo, secret, stampOf(job, stamped), staged);
  const { id, expiresAt } = live ?? (await createKeyOf(job, desired, attempt)).answer;`,
    replace: `  const { id, expiresAt } = live ?? (await createKeyOf(job, desired, attempt)).answer;
  await job.run.world.store.verify(secret);
  await stageSecret(job, desired.deliverTo, secret, stampOf(job, stamped), staged);`,
  },
  {
    name: "identifies by the last four characters alone",
    file: "reconcile/identify-key.ts",
    find: "key.marker?.instance === instance && key.marker.operation === intent.operation",
    replace: "key.last4 === last4Of(secret)",
  },
];
