/** The store contract on the vendors' adapters, against our façades with every quirk of the vendor switched on. */

import { expect, test } from "vitest";
import type { ProxyAnswer, ProxyRequest, Twist } from "./quirk-proxy.fixture.ts";
import { storeContract, type StoreTraits } from "./store-contract.ts";
import { CORTEX, CORTEX_CLOUD, openTenant, type Vendor, VENDORS } from "./tenant.fixture.ts";

const TRAITS: Readonly<Record<Vendor["name"], StoreTraits>> = {
  cortex: { mints: "store", managesRoles: false, hasLabels: false },
  "cortex-cloud": {
    mints: "store",
    managesRoles: false,
    hasLabels: false,
    hasNames: false,
    tellsLast4: false,
    hasEndlessKeys: false,
    role: "Viewer",
  },
};

for (const vendor of VENDORS) {
  storeContract(
    `${vendor.name} with all its quirks`,
    async () => {
      const { server, proxy, openStore, close } = await openTenant(vendor);
      proxy.twist(...vendor.quirks());
      const store = openStore();
      return {
        store,
        clock: server.clock,
        makeByHand: (name) => vendor.makeByHand(server, name),
        close: async () => {
          await store.close();
          await close();
        },
      };
    },
    TRAITS[vendor.name],
  );
}

/** What came from the store, and what the client was told in its place. */
interface Rewritten {
  readonly request: ProxyRequest;
  readonly answer: ProxyAnswer;
}

test.each([CORTEX, CORTEX_CLOUD])("every quirk of $name changes something on the way", async (vendor) => {
  const { server, proxy, openStore, close } = await openTenant(vendor);
  const seen = vendor.quirks().map((): Rewritten[] => []);
  const changed = new Set<number>();
  const watched = vendor.quirks().map((quirk, index): Twist => async (request, forward) => {
    const inner: Rewritten[] = seen[index] ?? [];
    const answer = await quirk(request, async (sent) => {
      const got = await forward(sent);
      inner.push({ request: sent, answer: got });
      return got;
    });
    const last = inner.at(-1);
    if (last && JSON.stringify([request, answer]) !== JSON.stringify([last.request, last.answer]))
      changed.add(index);
    return answer;
  });
  proxy.twist(...watched);
  const store = openStore();
  const roles = vendor.roles;
  for (let count = 0; count < 27; count += 1) await vendor.makeByHand(server, `By hand ${count}`);
  const marker = { instance: "acme", name: "a", generation: 1, operation: "0123456789ab" };
  const expiresAt = new Date(server.clock.now().getTime() + 86_400_000).toISOString();
  const base = { kind: "ApiKey", marker, displayName: "a", description: "", labels: {}, roles } as const;
  const scope = vendor.name === "cortex-cloud" ? { scope: { assets: { mode: "see_all" } } as const } : {};
  const made = await store.create({ ...base, expiresAt, securityLevel: "standard", ...scope });
  const ids: string[] = [];
  for await (const key of store.list("ApiKey")) if (key.marker) ids.push(key.id);
  const [id = ""] = ids;
  await store.update({ ...base, id, securityLevel: "standard" });
  await store.revoke({ kind: "ApiKey", id });
  if (!made.secret) throw new Error("a key is made with its secret");
  expect(await store.verify(made.secret)).toMatchObject({ valid: false });
  await store.update({ ...base, id, securityLevel: "standard" }).catch(() => undefined);
  await store.close();
  await close();
  expect(seen.map((_, index) => changed.has(index))).toEqual(seen.map(() => true));
});
