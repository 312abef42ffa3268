/** One real key store over HTTP for all tests of a file: each of them is an instance of its own on it. */

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { readAdminToken } from "../../src/server/admin-token.ts";
import { createApp } from "../../src/server/create-app.ts";
import { openStoreDirectory } from "../../src/server/store-directory.ts";

export interface RunningStore {
  readonly url: string;
  /** The administrator's. */
  readonly token: string;
}

let running: Promise<RunningStore & { readonly close: () => Promise<void> }> | undefined;

export const sharedStore = (): Promise<RunningStore> => (running ??= start());

afterAll(async () => {
  await (await running)?.close();
  running = undefined;
});

async function start() {
  const root = await mkdtemp(join(tmpdir(), "keywright-shared-store-"));
  const clock = { now: () => new Date() };
  const random = { bytes: (length: number) => randomBytes(length) };
  const opened = await openStoreDirectory({ directory: join(root, "store"), clock, random });
  const app = createApp(opened.context);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const token = (await readAdminToken(opened.adminTokenFile)).reveal();
  return {
    url,
    token,
    close: async () => {
      await app.close();
      await opened.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
