/** Looks into a project's key store by the store's own adapter, and changes it as a person would. */

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { keyDigest, last4Of } from "../../src/core/key-format.ts";
import { createKey } from "../../src/core/key-format.ts";
import type { LiveKey } from "../../src/core/live.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { Secret } from "../../src/core/secret.ts";
import { openEmbeddedStore } from "../../src/server/open-embedded-store.ts";
import { openStore } from "../../src/stores/open-store.ts";
import type { Project } from "./project.fixture.ts";

const clock = { now: () => new Date() };
const random = { bytes: (length: number) => randomBytes(length) };

/** The project's embedded store, or the data directory of its server. */
export async function withStore<T>(
  { directory }: Pick<Project, "directory">,
  use: (store: KeyStore) => Promise<T>,
): Promise<T> {
  const settings = { driver: "embedded", directory: join(directory, ".keywright/store") } as const;
  const store = await openStore(settings, {
    clock,
    random,
    openEmbedded: (each) => openEmbeddedStore({ ...each, clock, random }),
    readCredential: () => Promise.reject(new Error("the embedded store asks for none")),
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Everything that is not revoked; the administrator's own key is left out. */
export const liveKeys = (project: Pick<Project, "directory">): Promise<readonly LiveKey[]> =>
  withStore(project, async (store) => {
    const keys: LiveKey[] = [];
    for await (const key of store.list("ApiKey")) if (key.id !== store.ownKeyId) keys.push(key);
    return keys;
  });

export interface Standing {
  /** How many keys that are not revoked carry the name. */
  readonly live: number;
  readonly active: number;
  /** Whether the value in the sink is that of an active key of this name. */
  readonly isServed: boolean;
}

/** How each of our keys stands, by name, between the store and the files under `ci/`. */
export async function standings(project: Project): Promise<ReadonlyMap<string, Standing>> {
  const [keys, secrets] = [await liveKeys(project), await project.secrets()];
  const names = new Set(keys.flatMap(({ marker }) => marker?.name ?? []));
  return withStore(project, async (store) => {
    const found = new Map<string, Standing>();
    for (const name of names) {
      const own = keys.filter(({ marker }) => marker?.name === name);
      const active = own.filter(({ status }) => status === "active");
      const value = secrets.get(`ci/${name}`);
      const answer = value === undefined ? undefined : await store.verify(Secret.of(value));
      const isServed = answer?.valid === true && active.some(({ id }) => id === answer.id);
      found.set(name, { live: own.length, active: active.length, isServed });
    }
    return found;
  });
}

export const GOOD: Standing = { live: 1, active: 1, isServed: true };

/** As the store's API is used by hand: a key that no manifest knows. Gives its id and the headers of the caller. */
export async function makeForeignKey(url: string, token: string, name: string): Promise<string> {
  const secret = createKey({ prefix: "kw", environment: "live" }, random);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const roles = [{ type: "default", role: "READ_ONLY" }];
  const created = await fetch(`${url}/v1/keys`, {
    method: "POST",
    headers: { ...headers, "idempotency-key": randomBytes(8).toString("hex") },
    body: JSON.stringify({ name, roles, digest: keyDigest(secret), last4: last4Of(secret) }),
  });
  if (created.status !== 201) throw new Error(`the store answered ${created.status}`);
  const { id } = (await created.json()) as { id: string };
  await fetch(`${url}/v1/keys/${id}/activate`, {
    method: "POST",
    headers: { authorization: headers.authorization },
  });
  return id;
}

export async function readKey(url: string, token: string, id: string): Promise<unknown> {
  const response = await fetch(`${url}/v1/keys/${id}`, { headers: { authorization: `Bearer ${token}` } });
  return response.json();
}
