/** What every store that has them does with secrets and with the IP allowlist. */

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LiveSecret } from "../../src/core/live.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { Secret } from "../../src/core/secret.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createRequestLimiter } from "../../src/http/request-limiter.ts";
import { readAdminToken } from "../../src/server/admin-token.ts";
import { serve } from "../../src/server/serve.ts";
import { createCortexStore } from "../../src/stores/cortex/cortex.ts";
import { createKeywrightStore } from "../../src/stores/keywright.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { codeOf } from "./sink-contract.ts";
import { RANDOM, createMovableClock, makeTemporaryDirectory } from "./store-contract.fixture.ts";

interface Opened {
  readonly store: KeyStore;
  readonly close: () => Promise<void>;
}

const clock = createMovableClock();
const VALUE = "canary-value-93ab71";

async function openServed(driver: "keywright" | "cortex"): Promise<Opened> {
  const directory = await makeTemporaryDirectory();
  const server = await serve({ directory: join(directory.path, "store"), port: 0, clock, random: RANDOM });
  const credential = await readAdminToken(server.adminTokenFile);
  const transport = openHttpTransport(server.url);
  const limiter = createRequestLimiter({ perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 });
  const store =
    driver === "cortex"
      ? createCortexStore({ transport, credential, clock, identity: server.url, limiter })
      : await createKeywrightStore(transport, { credential, identify: (id) => id });
  const close = async (): Promise<void> => {
    await store.close();
    await server.close();
    await directory.remove();
  };
  return { store, close };
}

const STORES: Readonly<Record<string, () => Promise<Opened>>> = {
  memory: async () => ({
    store: createMemoryStore({ clock, random: RANDOM }),
    close: () => Promise.resolve(),
  }),
  keywright: () => openServed("keywright"),
  cortex: () => openServed("cortex"),
};

describe.each(Object.keys(STORES))("%s", (name) => {
  let opened: Opened;
  beforeEach(async () => {
    const open = STORES[name];
    if (!open) throw new Error(`no store is named ${name}`);
    opened = await open();
  });
  afterEach(() => opened.close());

  const listed = async (): Promise<readonly LiveSecret[]> => {
    const secrets: LiveSecret[] = [];
    for await (const secret of opened.store.list("Secret")) secrets.push(secret);
    return secrets;
  };
  const make = (tag: string, value = VALUE) =>
    opened.store.create({ kind: "Secret", tag, displayName: `Name of ${tag}`, value: Secret.of(value) });
  const allowlist = async (): Promise<readonly unknown[]> => {
    for await (const { entries } of opened.store.list("IpAllowlist")) return entries;
    throw new Error("it lists none");
  };
  const replace = (...entries: readonly { readonly address: string; readonly description: string }[]) =>
    opened.store.update({ kind: "IpAllowlist", entries });

  test("it says that it has them", () => {
    expect(opened.store.capabilities.manages).toEqual(expect.arrayContaining(["Secret", "IpAllowlist"]));
  });

  test("a secret is made under its tag, and listed by the id that the create gave, without its value", async () => {
    const { id } = await make("one");
    await make("two");
    const secrets = await listed();
    expect(secrets.toSorted((a, b) => (a.tag < b.tag ? -1 : 1))).toEqual([
      { kind: "Secret", id, tag: "one", displayName: "Name of one" },
      { kind: "Secret", id: expect.any(String) as string, tag: "two", displayName: "Name of two" },
    ]);
    expect(JSON.stringify(secrets)).not.toContain(VALUE);
  });

  test("a tag that is taken is refused, for certain, and says nothing of either value", async () => {
    const first = await make("one");
    const error: unknown = await make("one", `${VALUE}-2`).catch((reason: unknown) => reason);
    expect(["STORE_REJECTED", "STORE_CONFLICT"]).toContain((error as { readonly code: string }).code);
    expect(String(error)).not.toContain(VALUE);
    expect((await listed()).map(({ id }) => id)).toEqual([first.id]);
  });

  test("an update changes the name and keeps id and tag; as often as one likes", async () => {
    const { id = "" } = await make("one");
    const change = { kind: "Secret", id, displayName: "Another", value: Secret.of("new") } as const;
    await opened.store.update(change);
    await opened.store.update(change);
    await opened.store.update({ kind: "Secret", id, displayName: "A third" });
    expect(await listed()).toEqual([{ kind: "Secret", id, tag: "one", displayName: "A third" }]);
    await opened.store.update({ kind: "Secret", id, value: Secret.of("newer") });
    expect(await listed()).toEqual([{ kind: "Secret", id, tag: "one", displayName: "A third" }]);
  });

  test("revoking is idempotent; what is gone is not updated", async () => {
    const { id = "" } = await make("one");
    await opened.store.revoke({ kind: "Secret", id });
    await opened.store.revoke({ kind: "Secret", id });
    expect(await listed()).toEqual([]);
    expect(await codeOf(opened.store.update({ kind: "Secret", id, displayName: "x" }))).toBe(
      "STORE_CONFLICT",
    );
  });

  test("the allowlist is replaced as a whole, and read back in one spelling and one order", async () => {
    expect(await allowlist()).toEqual([]);
    const [own, v6] = [
      { address: "127.0.0.0/8", description: "" },
      { address: "2001:db8::/32", description: "Home" },
    ];
    await replace(v6, own);
    expect(await allowlist()).toEqual([own, v6]);
    await replace(own);
    expect(await allowlist()).toEqual([own]);
    await replace();
    expect(await allowlist()).toEqual([]);
  });

  test.skipIf(name === "memory")(
    "a list that would lock the caller out is refused, for certain",
    async () => {
      const code = await codeOf(replace({ address: "192.0.2.0/24", description: "" }));
      expect(["STORE_REJECTED", "STORE_CONFLICT"]).toContain(code);
      expect(await allowlist()).toEqual([]);
    },
  );
});
