import { expect, test } from "vitest";
import {
  type Answer,
  type Asked,
  codeOf,
  errorOf,
  fault,
  iamFault,
  LIST,
  listed,
  MARKER,
  openAgainst,
  record,
  scopePath,
  well,
} from "./cortex-cloud.fixture.ts";

const reply = (records: readonly object[], total = records.length) => ({
  reply: { DATA: records, FILTER_COUNT: total, TOTAL_COUNT: total },
});

const many = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, index) => record({ id: index + 1 }));

const pagingOf = ({ data }: Asked): readonly [number, number] => [
  data["search_from"] as number,
  data["search_to"] as number,
];

test("a key is read with its marker split off, its roles by name and no end of its secret", async () => {
  const { store, seen } = await openAgainst(well());
  expect(await listed(store)).toEqual([
    {
      kind: "ApiKey",
      id: "87",
      displayName: "",
      description: "Scans",
      marker: MARKER,
      labels: {},
      roles: [{ type: "default", role: "Public API Action" }],
      createdAt: "2026-11-20T08:00:00.000Z",
      expiresAt: "2027-01-31T10:00:00.000Z",
      status: "active",
      securityLevel: "standard",
    },
  ]);
  expect(seen.map(({ what, data }) => [what, data])).toEqual([
    [LIST, { filters: [], search_from: 0, search_to: 100, sort: { field: "expiration", keyword: "desc" } }],
  ]);
});

test("lower case, nulls, what is left out and other capitals are read as they are meant", async () => {
  const { comment: _, expiration: __, ...bare } = record({ id: 2 });
  const nulls = record({ id: 3, comment: null, expiration: null, roles: null, security_level: "ADVANCED" });
  const data = { data: [bare, nulls], filter_count: 2, total_count: 2 };
  const { store } = await openAgainst(well({ [LIST]: { reply: data } }));
  const keys = await listed(store);
  expect(keys.map(({ id, securityLevel }) => [id, securityLevel])).toEqual([
    ["2", "standard"],
    ["3", "advanced"],
  ]);
  for (const key of keys) {
    expect(key.description).toBe("");
    expect(key).not.toHaveProperty("expiresAt");
    expect(key).not.toHaveProperty("marker");
  }
});

test.each([
  ["excludes the last position", (from: number, to: number) => [from, to]],
  ["includes it", (from: number, to: number) => [from, to + 1]],
  ["is smaller than was asked for", (from: number, to: number) => [from, Math.min(to, from + 40)]],
])("every key comes once from a tenant whose page %s", async (_, boundsOf) => {
  const all = many(230);
  const { store } = await openAgainst(
    well({ [LIST]: (asked: Asked) => [200, reply(all.slice(...boundsOf(...pagingOf(asked))), 230)] }),
  );
  expect((await listed(store)).map(({ id }) => Number(id))).toEqual(all.map((_each, index) => index + 1));
});

test("of several pages two readings in a row must agree", async () => {
  // A key of the first page goes while the second is read: the others move up, and one is never seen.
  const all = many(150);
  let pages = 0;
  const { store } = await openAgainst(
    well({
      [LIST]: (asked: Asked) => {
        pages += 1;
        const shown = pages === 1 ? all : all.slice(1);
        return [200, reply(shown.slice(...pagingOf(asked)), 149)];
      },
    }),
  );
  expect((await listed(store)).map(({ id }) => Number(id))).toEqual(
    Array.from({ length: 149 }, (_, index) => index + 2),
  );
});

test.each<[string, object]>([
  ["fewer keys than are counted", reply([record()], 2)],
  ["a count of all that is greater", { reply: { DATA: [record()], FILTER_COUNT: 1, TOTAL_COUNT: 9 } }],
  ["one page again and again", reply(many(100), 300)],
])("%s is an incomplete reading, and no run away", async (_, answer) => {
  const { store, seen } = await openAgainst(well({ [LIST]: answer }));
  expect(await codeOf(listed(store))).toBe("STORE_INCOMPLETE");
  expect(seen.length).toBeLessThanOrEqual(8);
});

test("the scope of a key is read where it is wanted, and nowhere else; a key that went meanwhile has none", async () => {
  const records = [1, 2, 3].map((id) => record({ id }));
  const { store, seen } = await openAgainst(
    well({
      [LIST]: reply(records),
      [scopePath("GET", 2)]: { data: { assets: { mode: "See_All", asset_groups: [] } } },
      [scopePath("GET", 3)]: () => [
        400,
        iamFault("x", "Api Key fetch failed: api_key_id does not exist, id=3."),
      ],
    }),
  );
  const keys = await listed(store, { hasScope: ({ id }) => id !== "1" });
  expect(keys.map(({ id, scope }) => [id, scope])).toEqual([
    ["1", undefined],
    ["2", { assets: { mode: "see_all", groupIds: [] } }],
    ["3", undefined],
  ]);
  expect(seen.map(({ what }) => what)).toEqual([LIST, scopePath("GET", 2), scopePath("GET", 3)]);
});

test("500 in plain text is not asked again and again, and says where to look", async () => {
  const { store, seen } = await openAgainst(() => [500, "Internal Server Error (waitress)"]);
  const { code, hint } = await errorOf(listed(store));
  expect(code).toBe("STORE_UNREACHABLE");
  expect(hint).toContain("store.url");
  expect(seen.length).toBeLessThanOrEqual(2);
});

test("500 in the envelope is tried again", async () => {
  let failures = 2;
  const { store } = await openAgainst((asked) => {
    failures -= 1;
    return failures >= 0 ? [500, fault("500", "Busy")] : well()(asked);
  });
  expect(await listed(store)).toHaveLength(1);
});

test.each<[string, unknown]>([
  ["a login page", "<html>log in</html>"],
  ["a truncated body", '{"reply":{"DATA":[{"id":8'],
  ["no count", { reply: { DATA: [] } }],
  ["no list", { reply: { FILTER_COUNT: 0 } }],
  ["an id that is no exact number", reply([record({ id: 2 ** 53 })])],
  ["a time beyond all dates", reply([record({ expiration: 8.7e15 })])],
])("%s never passes for a list", async (_, body) => {
  const { store } = await openAgainst(well({ [LIST]: body }));
  expect(await codeOf(listed(store))).toBe("STORE_CONTRACT");
});

test.each<[string, Answer]>([
  ["is refused", [403, { data: fault(403, "Insufficient permissions for api key") }]],
  ["has another shape", [200, { data: { assets: 7 } }]],
  ["is rejected", [400, iamFault("Bad request")]],
])(
  "a key whose scope cannot be read, for it %s, goes without one, and the others are read",
  async (_, answer) => {
    const { store } = await openAgainst(
      well({
        [LIST]: { reply: { DATA: [record({ id: 2 }), record({ id: 3 })], FILTER_COUNT: 2 } },
        [scopePath("GET", 2)]: () => answer,
        [scopePath("GET", 3)]: { data: { assets: { mode: "See_All", asset_groups: [] } } },
      }),
    );
    const keys = await listed(store, { hasScope: () => true });
    expect(keys.map(({ id, scope }) => [id, scope])).toEqual([
      ["2", undefined],
      ["3", { assets: { mode: "see_all", groupIds: [] } }],
    ]);
  },
);

test("an area with a mode that nobody knows is not told, and the others are", async () => {
  const endpoint_tags = { mode: "See_All", tags: [] };
  const { store } = await openAgainst(
    well({
      [LIST]: { reply: { DATA: [record({ id: 2 })], FILTER_COUNT: 1 } },
      [scopePath("GET", 2)]: {
        data: { assets: { mode: "sometimes", asset_groups: [] }, endpoints: { endpoint_tags } },
      },
    }),
  );
  const [key] = await listed(store, { hasScope: () => true });
  expect(key?.scope).toEqual({ endpointTags: { mode: "see_all", names: [] } });
});
