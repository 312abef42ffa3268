/**
 * What people write: look for each key by its name, make what is missing or has another role, put the secret into its
 * file, delete what it replaces. Fails at the first error; running it again is the recovery.
 */

import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const { STORE_URL, STORE_TOKEN, KEY_NAMES, KEY_OWNER: owner, KEY_ROLE, SINK } = process.env;
const roles = [{ type: "default", role: KEY_ROLE }];

async function call(method, path, body, headers = {}) {
  const response = await fetch(`${STORE_URL}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${STORE_TOKEN}`,
      ...(body && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response.status === 204 ? undefined : response.json();
}

await mkdir(SINK, { recursive: true });
const { keys } = await call("GET", `/v1/keys?owner=${owner}&status=active&limit=1000`);
for (const name of KEY_NAMES.split(",")) {
  const file = join(SINK, name);
  const existing = keys.filter((key) => key.name === name);
  const isThere = existing.some((key) => key.roles[0].role === KEY_ROLE);
  if (isThere && existsSync(file)) continue;
  const idempotency = { "idempotency-key": randomUUID() };
  const created = await call("POST", "/v1/keys", { name, owner, roles }, idempotency);
  await call("POST", `/v1/keys/${created.id}/activate`);
  await writeFile(file, created.secret, { mode: 0o600 });
  for (const { id } of existing) await call("DELETE", `/v1/keys/${id}`);
}
