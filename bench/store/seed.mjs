/** Makes a store with many active keys and a file with their texts: `seed.mjs <directory> <count>`. */

import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createKey, keyDigest, last4Of } from "../../dist/core/key-format.js";
import { change } from "../../dist/server/domain/change.js";
import { createKeyIn } from "../../dist/server/domain/create-key.js";
import { PERMISSIONS } from "../../dist/server/domain/permissions.js";
import { openStoreDirectory } from "../../dist/server/store-directory.js";

const [, , directory, count] = process.argv;
const BATCH = 2_000;
const random = { bytes: (length) => randomBytes(length) };
const CALLER = {
  type: "API_KEY",
  id: "key_bench",
  userId: null,
  ipAddress: null,
  roles: [],
  permissions: new Set(PERMISSIONS),
};
const ROLES = ["READ_ONLY", "USER", "MANAGER"];

mkdirSync(directory, { recursive: true });
const store = await openStoreDirectory({
  directory: `${directory}/store`,
  clock: { now: () => new Date() },
  random,
});
const texts = [];
while (texts.length < Number(count)) {
  const size = Math.min(BATCH, Number(count) - texts.length);
  await change(store.context, CALLER, async (made) => {
    for (let index = 0; index < size; index += 1) await createOne(made, texts.length);
  });
}
await store.close();
writeFileSync(`${directory}/keys.txt`, texts.join("\n"));
console.log(`${texts.length} seeded`);

async function createOne(made, number) {
  const secret = createKey(store.context.keyFormat, random);
  const request = {
    name: `service-${number}`,
    description: "Reads the catalog.",
    owner: `team-${number % 50}`,
    labels: { team: `team-${number % 50}` },
    roles: [{ type: "default", role: ROLES[number % ROLES.length] }],
    expiresAt: new Date(Date.now() + (30 + (number % 300)) * 86_400_000).toISOString(),
    digest: keyDigest(secret),
    last4: last4Of(secret),
  };
  const created = await createKeyIn(store.context, made, CALLER, request, { state: "active" });
  if ("refused" in created) throw new Error(created.detail);
  texts.push(secret.reveal());
}
