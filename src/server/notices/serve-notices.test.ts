import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTestDatabase } from "../database/test-database.fixture.ts";
import { SYSTEM } from "../domain/audit.ts";
import { createKey } from "../domain/create-key.ts";
import { PERMISSIONS } from "../domain/permissions.ts";
import { openEmbeddedStore } from "../open-embedded-store.ts";
import { serve } from "../serve.ts";
import { RANDOM, createMovableClock } from "../server.fixture.ts";
import { openStoreDirectory } from "../store-directory.ts";
import { DAY_MS } from "../../core/duration.ts";
import { aLog } from "./notices.fixture.ts";

test("a server tells at its start what has become due; an embedded store tells nobody", async () => {
  const root = await mkdtemp(join(tmpdir(), "keywright-notices-"));
  const database = await createTestDatabase();
  onTestFinished(async () => {
    await database.drop();
    await rm(root, { recursive: true });
  });
  const clock = createMovableClock();
  const place = { directory: join(root, "store"), ...database.options, clock, random: RANDOM };
  const opened = await openStoreDirectory(place);
  const expiresAt = new Date(clock.now().getTime() + 20 * DAY_MS).toISOString();
  const caller = {
    ...SYSTEM,
    type: "API_KEY",
    id: "key_x",
    userId: null,
    roles: [],
    permissions: new Set<string>(PERMISSIONS),
  } as const;
  const roles = [{ type: "default", role: "USER" }] as const;
  await createKey(opened.context, caller, { name: "Scanner", roles, expiresAt }, { state: "active" });
  await opened.close();
  clock.advance(14 * DAY_MS);
  const log = aLog();
  const embedded = await openEmbeddedStore({ ...place, logger: log });
  await embedded.close();
  const told = () => log.lines.filter(({ message }) => message.includes("expires in"));
  expect(told()).toEqual([]);
  const server = await serve({ ...place, port: 0, logger: log });
  await vi.waitFor(() => expect(told()).toHaveLength(1), { timeout: 20_000, interval: 5 });
  await server.close();
  expect(log.faults).toEqual([]);
});
