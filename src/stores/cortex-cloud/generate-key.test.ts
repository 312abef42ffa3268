import { expect, test } from "vitest";
import type { ErrorCode } from "../../core/error.ts";
import {
  type Answer,
  aRequest,
  codeOf,
  COMMENT,
  errorOf,
  EXPIRES,
  fault,
  GENERATE,
  keyPath,
  openAgainst,
  record,
  ROLES,
  scopePath,
  well,
} from "./cortex-cloud.fixture.ts";

const whats = (seen: readonly { readonly what: string }[]): readonly string[] => seen.map(({ what }) => what);

test("a key is generated once, read back and given out as id and key", async () => {
  const { store, seen } = await openAgainst(well());
  const minted = await store.create(aRequest());
  expect(minted).toMatchObject({ id: "87", expiresAt: EXPIRES });
  expect(minted.secret?.reveal()).toBe("87:secret-of-the-tenant");
  expect(whats(seen)).toEqual([ROLES, GENERATE, keyPath("GET")]);
  expect(seen[1]?.data).toEqual({
    roles: ["Public API Action"],
    security_level: "standard",
    expiration: Date.parse(EXPIRES),
    comment: COMMENT,
  });
});

test("a scope is in force before the answer is: all sections are sent, with what is asked for in its place", async () => {
  const { store, seen } = await openAgainst(
    well({
      [scopePath("GET")]: {
        data: {
          assets: { mode: "No_Scope", asset_groups: [{ asset_group_id: 7, asset_group_name: "Old" }] },
          endpoints: {
            endpoint_groups: { mode: "SCOPE", tags: [{ tag_id: "t1", tag_name: "Berlin" }] },
            endpoint_tags: { mode: "Any", tags: [] },
          },
          cases_issues: { mode: "see all", tags: null, include_cases_issues_empty_entities: true },
          datasets_rows: {
            default_filter_mode: "See_All",
            filters: [{ dataset: "xdr", filter: "a = 1", x: 1 }],
          },
        },
      },
    }),
  );
  await store.create(aRequest({ scope: { assets: { mode: "scope", groupIds: [3, 4] } } }));
  expect(whats(seen).slice(-2)).toEqual([scopePath("GET"), scopePath("PUT")]);
  expect(seen.at(-1)?.data).toEqual({
    assets: { mode: "scope", asset_group_ids: [3, 4] },
    endpoints: {
      endpoint_groups: { mode: "scope", names: ["Berlin"] },
      endpoint_tags: { mode: "any", names: [] },
    },
    cases_issues: { mode: "see_all", names: [], include_cases_issues_empty_entities: true },
    datasets_rows: { default_filter_mode: "see_all", filters: [{ dataset: "xdr", filter: "a = 1" }] },
  });
});

test("what was not read is not sent: rows of datasets, sections that the tenant lacks", async () => {
  const { store, seen } = await openAgainst(well({ [scopePath("GET")]: { data: { endpoints: null } } }));
  await store.create(aRequest({ scope: { casesIssues: { mode: "see_all" } } }));
  expect(seen.at(-1)?.data).toEqual({ cases_issues: { mode: "see_all", names: [] } });
});

test.each<[string, Answer, RegExp]>([
  ["is refused", [403, { data: fault(403, "Forbidden") }], /Forbidden/],
  ["fails", [500, "Internal Server Error (waitress)"], /failed \(500\)/],
  ["is answered by a login page", [200, "<html>"], /not JSON/],
])("a key whose scope %s is given to nobody, and the next run revokes it", async (_, answer, said) => {
  const { store } = await openAgainst(
    well({ [scopePath("GET")]: { data: {} }, [scopePath("PUT")]: () => answer }),
  );
  const error = await errorOf(store.create(aRequest({ scope: { assets: { mode: "see_all" } } })));
  expect(error).toMatchObject({ code: "STORE_CONTRACT" });
  expect(error.message).toContain("the key 87, which nobody gets");
  expect(error.message).toMatch(said);
  expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain("secret-of-the-tenant");
});

test.each<[ErrorCode, Answer]>([
  ["STORE_UNREACHABLE", undefined],
  ["STORE_UNAUTHORIZED", [401, fault(401, "Public API request unauthorized")]],
  ["STORE_BUSY", [429, fault(429, "Too many"), { "retry-after": "3600" }]],
])(
  "I7: a key that cannot be read back for %s was made all the same: no error says that nothing was done",
  async (code, answer) => {
    const { store } = await openAgainst(well({ [keyPath("GET")]: () => answer }));
    const error = await errorOf(store.create(aRequest()));
    expect(error).toMatchObject({ code: "STORE_OUTCOME_UNKNOWN", cause: { code } });
    expect(error.message).toContain("the key 87, which nobody gets");
  },
);

test("an area with a mode that nobody knows is replaced where the manifest says by what", async () => {
  const scope = { data: { assets: { mode: "sometimes", asset_groups: [] } } };
  const { store, seen } = await openAgainst(well({ [scopePath("GET")]: scope }));
  await store.create(aRequest({ scope: { assets: { mode: "see_all" } } }));
  expect(seen.at(-1)?.data).toEqual({ assets: { mode: "see_all", asset_group_ids: [] } });
});

test("a scope mode that nobody knows is never sent back", async () => {
  const scope = { data: { assets: { mode: "sometimes", asset_groups: [] } } };
  const { store, seen } = await openAgainst(well({ [scopePath("GET")]: scope }));
  const error = await errorOf(store.create(aRequest({ scope: { endpointTags: { mode: "see_all" } } })));
  expect(error.message).toContain("a scope mode that nobody knows: sometimes");
  expect(whats(seen)).not.toContain(scopePath("PUT"));
});

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  ["an earlier end", { expiration: Date.parse("2026-12-01T00:00:00Z") }, "expires at 2026-12-01"],
  ["a later end", { expiration: Date.parse("2027-05-01T00:00:00Z") }, "expires at 2027-05-01"],
  ["no end", { expiration: null }, "expires at no time"],
  ["another role", { roles: ["Viewer"] }, "has the roles Viewer"],
  ["one role more", { roles: ["Public API Action", "Viewer"] }, "has the roles"],
  ["another level", { security_level: "advanced" }, "has the level advanced"],
  ["a comment that was cut", { comment: "Scans [kw acme/scanner g3 7f3a" }, "lost its marker"],
])("I6: a key that was made with %s is given to nobody", async (_, over, said) => {
  const { store } = await openAgainst(well({ [keyPath("GET")]: { data: record(over) } }));
  const error = await errorOf(store.create(aRequest()));
  expect(error).toMatchObject({ code: "STORE_CONTRACT" });
  expect(error.message).toContain(said);
});

test("an end is asked for, and compared, in whole seconds", async () => {
  const odd = { [keyPath("GET")]: { data: record({ expiration: Date.parse(EXPIRES) + 123 }) } };
  const { store, seen } = await openAgainst(well(odd));
  expect(await store.create(aRequest({ expiresAt: "2027-01-31T10:00:00.890Z" }))).toMatchObject({
    expiresAt: "2027-01-31T10:00:00.123Z",
  });
  expect(seen[1]?.data["expiration"]).toBe(Date.parse(EXPIRES));
});

test.each<[string, Answer]>([
  ["500 in plain text", [500, "Internal Server Error (waitress)"]],
  ["503", [503, fault(503, "later")]],
  ["a cut connection", undefined],
  ["a truncated answer", [200, '{"reply":{"id":87,"key":"secret-of-the-ten']],
  ["an answer without the key", [200, { reply: { id: 87 } }]],
  ["an id that is no number", [200, { reply: { id: "87", key: "secret-of-the-tenant" } }]],
])(
  "a generate that ends in %s is an unknown outcome, never sent again, and echoes nothing",
  async (_, answer) => {
    const { store, seen } = await openAgainst(well({ [GENERATE]: () => answer }));
    const error = await errorOf(store.create(aRequest()));
    expect(error).toMatchObject({ code: "STORE_OUTCOME_UNKNOWN" });
    expect(String(error)).not.toContain("secret-of");
    expect(whats(seen)).toEqual([ROLES, GENERATE]);
  },
);

test("a 429 says that nothing was done: the generate is sent again after the wait", async () => {
  let refusals = 2;
  const { store, seen } = await openAgainst(
    well({
      [GENERATE]: () =>
        refusals-- > 0
          ? [429, fault(429, "Too many"), { "retry-after": "0" }]
          : [200, { reply: { id: 87, key: "secret-of-the-tenant" } }],
    }),
  );
  expect((await store.create(aRequest())).secret).toBeDefined();
  expect(whats(seen).filter((what) => what === GENERATE)).toHaveLength(3);
});

test("a key that cannot be is not asked for: no end, one too far or past, a comment that is too long", async () => {
  const { store, seen } = await openAgainst(well());
  const { expiresAt: _, ...endless } = aRequest();
  for (const request of [
    endless,
    aRequest({ expiresAt: "2027-05-21T08:15:00.000Z" }),
    aRequest({ expiresAt: "2026-11-21T08:15:00.000Z" }),
    aRequest({ description: "x".repeat(2_000) }),
  ]) {
    expect(await codeOf(store.create(request))).toBe("STORE_REJECTED");
  }
  expect(seen).toEqual([]);
});
