/** A key store that is a process of the built command line, as its administrator and its consumers use it. */

import { randomBytes } from "node:crypto";
import { createKey, keyDigest, last4Of } from "../../src/core/key-format.ts";
import { createProject } from "./project.fixture.ts";
import { startServer } from "./server.fixture.ts";
import type { SecretWatch } from "./secret-watch.fixture.ts";

export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface KeyStoreProcess {
  readonly url: string;
  /** The administrator's. */
  readonly token: string;
  /** A key that reads and changes nothing; its text. */
  makeReader(): Promise<string>;
  /** All keys that manifests made, whatever became of them. */
  keys(): Promise<readonly StoredKey[]>;
  /** As a person changes one with the API. */
  edit(id: string, change: object): Promise<void>;
  /** Of the key that a consumer is let in with; undefined: it is not. */
  identify(value: string | undefined): Promise<string | undefined>;
  /** How many changes the store has in its audit log. */
  changes(): Promise<number>;
}

/** Ended when the test is over. */
export async function openKeyStore(watch: SecretWatch): Promise<KeyStoreProcess> {
  const project = await createProject();
  const server = await startServer(project);
  const token = await server.token();
  watch.secrets(token);
  watch.printed(() => server.out());
  const ask = async (method: string, path: string, body?: unknown, headers = {}): Promise<Response> => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const read = async (path: string): Promise<Readonly<Record<string, unknown>>> =>
    (await (await ask("GET", path)).json()) as Readonly<Record<string, unknown>>;
  return {
    url: server.url,
    token,
    makeReader: async () => {
      const secret = createKey({ prefix: "kw", environment: "live" }, { bytes: (n) => randomBytes(n) });
      const roles = [{ type: "default", role: "READ_ONLY" }];
      const body = { name: "Plans", roles, digest: keyDigest(secret), last4: last4Of(secret) };
      const made = await ask("POST", "/v1/keys", body, { "idempotency-key": "reader" });
      const { id } = (await made.json()) as { readonly id: string };
      await ask("POST", `/v1/keys/${id}/activate`);
      watch.secrets(secret.reveal());
      return secret.reveal();
    },
    keys: async () => {
      const { keys } = await read("/v1/keys?limit=1000");
      return (keys as readonly StoredKey[]).filter(({ labels }) => Object.keys(labels).length > 0);
    },
    edit: async (id, change) => void (await ask("PATCH", `/v1/keys/${id}`, change)),
    identify: async (value) => {
      const headers = { authorization: `Bearer ${value}` };
      const answer = await fetch(`${server.url}/v1/store`, { headers });
      const body = (await answer.json()) as { readonly caller?: { readonly id: string } };
      return answer.ok ? body.caller?.id : undefined;
    },
    changes: async () => ((await read("/v1/audit-log?limit=1000"))["entries"] as readonly unknown[]).length,
  };
}
