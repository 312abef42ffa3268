import { expect, test } from "vitest";
import { aRequest, codeOf, errorOf, fault, openAgainst, role, ROLES, well } from "./cortex-cloud.fixture.ts";

const whats = (seen: readonly { readonly what: string }[]): readonly string[] => seen.map(({ what }) => what);

test("the registry of roles is read once for all keys, and again after it could not be read", async () => {
  let failures = 1;
  const odd = {
    [ROLES]: () =>
      failures-- > 0 ? [403, fault(403, "no")] : well()({ what: ROLES, headers: {}, data: {} }),
  };
  const { store, seen } = await openAgainst(well(odd));
  expect(await codeOf(store.create(aRequest()))).toBe("STORE_FORBIDDEN");
  await Promise.all([store.create(aRequest()), store.create(aRequest())]);
  expect(whats(seen).filter((what) => what === ROLES)).toHaveLength(2);
});

test("roles that are unknown, ambiguous, tags or Instance Administrator are refused before anything is made", async () => {
  const data = [
    role("Viewer", "r1"),
    role("Twin", "r2"),
    role("Twin", "r3"),
    role("Instance Administrator", "r4"),
  ];
  const { store, seen } = await openAgainst(well({ [ROLES]: { data } }));
  const refusalOf = (name: string) =>
    errorOf(
      store.create(
        aRequest({
          roles: [
            { type: "default", role: "Viewer" },
            { type: "default", role: name },
          ],
        }),
      ),
    );
  expect(await refusalOf("Nobody")).toMatchObject({
    code: "STORE_REJECTED",
    hint: "Name a role as the console shows it: Twin, Viewer.",
  });
  expect((await refusalOf("Twin")).message).toContain("r2 and r3");
  expect((await refusalOf(" instance administrator")).message).toContain("gives no key the role");
  expect(await codeOf(store.create(aRequest({ roles: [{ type: "custom", tag: "r1" }] })))).toBe(
    "STORE_REJECTED",
  );
  expect(whats(seen)).toEqual([ROLES]);
});

test("a registry that lists fewer roles than it counts is not relied on", async () => {
  const { store } = await openAgainst(
    well({ [ROLES]: { data: [role("Viewer", "r1")], metadata: { total_count: 2 } } }),
  );
  expect(await codeOf(store.create(aRequest()))).toBe("STORE_INCOMPLETE");
});

test("a tenant that is greeted tells which roles a key can be given, in the one request that a run needs", async () => {
  const data = [
    role("Viewer", "r1"),
    role("Twin", "r2"),
    role("Twin", "r3"),
    role("Instance Administrator", "r4"),
    role("Public API Action", "r5"),
  ];
  const { store, seen } = await openAgainst(well({ [ROLES]: { data } }), { isGreeted: true });
  expect(store.capabilities.roles).toEqual({ custom: false, names: ["Public API Action", "Viewer"] });
  await store.create(aRequest());
  expect(whats(seen).filter((what) => what === ROLES)).toHaveLength(1);
});

test.each([
  ["may not read roles", () => [403, fault(403, "Insufficient permissions for api key")]],
  ["reads only some of them", { data: [role("Viewer", "r1")], metadata: { total_count: 2 } }],
])("whoever %s may name any", async (_, answer) => {
  const { store } = await openAgainst(well({ [ROLES]: answer }), { isGreeted: true });
  expect(store.capabilities.roles).toEqual({ custom: false });
});

test("a tenant that does not accept the credential is not opened", async () => {
  const opening = openAgainst(well({ [ROLES]: () => [401, fault(401, "unauthorized")] }), {
    isGreeted: true,
  });
  expect(await codeOf(opening)).toBe("STORE_UNAUTHORIZED");
});
