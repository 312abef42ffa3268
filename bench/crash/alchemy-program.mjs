/**
 * The same with `alchemy`: a key as a custom resource with create, update and delete, as its documentation teaches it
 * (a change that cannot be made in place is a `replace()`, and the old key goes in `finalize()`); the secret is an
 * `alchemy.secret`, which the state file holds encrypted. Each secret is written to its file from the resource, in every
 * run, so that a file which was lost comes back from the state.
 */

import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

// It is installed outside the project.
const { default: alchemy, Resource } = await import(process.env.ALCHEMY);
const { STORE_URL, STORE_TOKEN, KEY_NAMES, KEY_OWNER: owner, KEY_ROLE, SINK } = process.env;

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

const ApiKey = Resource("keystore::ApiKey", async function apiKey(_id, props) {
  if (this.phase === "delete") {
    // A key that is gone already is answered with success.
    if (this.output?.id) await call("DELETE", `/v1/keys/${this.output.id}`);
    return this.destroy();
  }
  if (this.phase === "update") {
    if (this.output.role !== props.role) this.replace();
    await call("PATCH", `/v1/keys/${this.output.id}`, { name: props.name });
    return this({ ...this.output, name: props.name });
  }
  const body = { name: props.name, owner, roles: [{ type: "default", role: props.role }] };
  const created = await call("POST", "/v1/keys", body, { "idempotency-key": randomUUID() });
  await call("POST", `/v1/keys/${created.id}/activate`);
  return this({ id: created.id, ...props, secret: alchemy.secret(created.secret) });
});

const app = await alchemy("keys", { stage: "prod", password: process.env.ALCHEMY_PASSWORD, quiet: true });
await mkdir(SINK, { recursive: true });
for (const name of KEY_NAMES.split(",")) {
  const key = await ApiKey(name, { name, role: KEY_ROLE });
  await writeFile(join(SINK, name), key.secret.unencrypted, { mode: 0o600 });
}
await app.finalize();
