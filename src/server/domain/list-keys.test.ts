import { afterAll, beforeAll, expect, test } from "vitest";
import { CompiledQuery } from "kysely";
import { engineOf } from "../database/engine.ts";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { insertKey } from "./insert-key.ts";
import { KEY_STATUSES, type Key, type KeyRow, buildExpiry, buildKey, parseRoles, statusOf } from "./key.ts";
import { type KeyFilter, listKeys, selectIds } from "./list-keys.ts";
import { breachesOf } from "./policy-breaches.ts";
import { type Policy, readPolicy, replacePolicy } from "./policy.ts";
import { SYSTEM } from "./audit.ts";

const COUNT = 300;
const DAY = 86_400_000;
const NOW = Date.parse("2026-11-21T08:00:00.000Z");
const ROLES = ["READ_ONLY", "USER", "ADMIN"];

let server: TestServer;
let rows: readonly KeyRow[];
beforeAll(async () => {
  server = await openTestServer();
  const { database } = server.context;
  const pattern = await database.selectFrom("keys").selectAll().executeTakeFirstOrThrow();
  await database.transaction().execute(async (transaction) => {
    for (let index = 1; index <= COUNT; index += 1) {
      const row = aRow(pattern, index);
      await insertKey(transaction, row, {
        roles: parseRoles(row),
        labels: JSON.parse(row.labels) as Record<string, string>,
      });
    }
  });
  rows = await database.selectFrom("keys").selectAll().orderBy("id").execute();
});
afterAll(() => server.close());

/** Every combination of dates around now, and some of all else. */
function aRow(pattern: KeyRow, index: number): KeyRow {
  const pick = <T>(choices: readonly T[], every: number): T =>
    choices[Math.floor(index / every) % choices.length] as T;
  const instant = (ms: number | null) => (ms === null ? null : new Date(NOW + ms).toISOString());
  const ends = [null, -1, 0, 1];
  const createdAt = new Date(NOW - 10 * DAY).toISOString();
  return {
    ...pattern,
    id: `key_${index.toString(16).padStart(24, "0")}`,
    number: index + 1,
    cid: `ak${index}`,
    digest: `digest ${index}`,
    created_at: createdAt,
    revoked_at: instant(pick([null, null, null, -1], 1)),
    pending_until: instant(pick(ends, 4)),
    retire_at: instant(pick(ends, 16)),
    ...buildExpiry(createdAt, instant(pick([null, -DAY, 0, 1, 20 * DAY, 20 * DAY + 1], 3))),
    owner: pick(["team", "other", null], 5),
    roles: JSON.stringify(ROLES.slice(0, 1 + (index % 3)).map((role) => ({ type: "default", role }))),
    labels: JSON.stringify({ tier: pick(["a", "b"], 7), even: String(index % 2) }),
  };
}

async function list(filter: KeyFilter, limit = 1000): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await listKeys(server.context, filter, limit, after);
    expect(page.keys.length).toBeLessThanOrEqual(limit);
    ids.push(...page.keys.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

const idsWhere = (isIn: (key: Key, row: KeyRow) => boolean): readonly string[] =>
  rows.filter((row) => isIn(buildKey(row, new Date(NOW)), row)).map(({ id }) => id);

const setPolicy = (policy: Partial<Policy>) =>
  replacePolicy(server.context, SYSTEM, {
    requireExpiration: false,
    maxLifetimeDays: null,
    allowedRoles: null,
    ...policy,
  });

test.each(KEY_STATUSES)("the status %s in the database is the one that the dates tell", async (status) => {
  const expected = rows.filter((row) => statusOf(row, new Date(NOW)) === status).map(({ id }) => id);
  expect(expected.length).toBeGreaterThan(5);
  expect(await list({ statuses: [status] })).toEqual(expected);
});

const all = { statuses: KEY_STATUSES };
const FILTERS: readonly (readonly [string, KeyFilter, (key: Key, row: KeyRow) => boolean])[] = [
  ["an owner", { ...all, owner: "team" }, ({ owner }) => owner === "team"],
  ["a role", { ...all, role: "USER" }, ({ roles }) => roles.length > 1],
  ["a label", { ...all, labels: [["tier", "a"]] }, ({ labels }) => labels["tier"] === "a"],
  [
    "an expiry, in another zone, leaving out what never expires",
    { ...all, expiringBefore: "2026-11-21T09:00:00.000+01:00" },
    ({ expiresAt }) => expiresAt !== null && Date.parse(expiresAt) < NOW,
  ],
  [
    "everything at once",
    {
      statuses: ["revoked", "active"],
      owner: "team",
      role: "USER",
      labels: [
        ["tier", "a"],
        ["even", "0"],
      ],
      expiringBefore: "2027-01-01T00:00:00Z",
      compliant: false,
    },
    ({ owner, roles, labels, status, expiresAt }, row) =>
      (status === "revoked" || status === "active") &&
      owner === "team" &&
      roles.length > 1 &&
      labels["tier"] === "a" &&
      labels["even"] === "0" &&
      expiresAt !== null &&
      (row.lifetime_ms ?? 0) > 30 * DAY,
  ],
];

test.each(FILTERS)(
  "a filter by %s gives exactly those keys, whatever the page size",
  async (_, filter, isIn) => {
    await setPolicy({ maxLifetimeDays: 30 });
    const expected = idsWhere(isIn);
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(COUNT);
    for (const limit of [1000, 7, 1]) expect(await list(filter, limit)).toEqual(expected);
  },
);

const POLICIES: readonly (readonly [string, Partial<Policy>])[] = [
  ["nothing", {}],
  ["an expiry", { requireExpiration: true }],
  ["30 days at most", { maxLifetimeDays: 30 }],
  ["an expiry within 30 days", { requireExpiration: true, maxLifetimeDays: 30 }],
  ["two roles", { allowedRoles: ["READ_ONLY", "USER"] }],
  ["no role", { allowedRoles: [] }],
  ["all of it", { requireExpiration: true, maxLifetimeDays: 30, allowedRoles: ["READ_ONLY", "custom:x"] }],
];

test.each(POLICIES)(
  "with a policy of %s the listing finds the breaches that each key shows",
  async (_, rules) => {
    await setPolicy(rules);
    const policy = await readPolicy(server.context.database);
    const isCompliant = (key: Key) => breachesOf(policy, key).length === 0;
    expect(await list({ ...all, compliant: true })).toEqual(idsWhere(isCompliant));
    expect(await list({ ...all, compliant: false })).toEqual(idsWhere((key) => !isCompliant(key)));
  },
);

const LIVE = { statuses: ["pending", "active", "expired"] } as const;
const PLANS: readonly (readonly [string, KeyFilter, string])[] = [
  ["nothing", LIVE, "keys USING COVERING INDEX keys_listing (id>?)"],
  ["a status", { statuses: ["revoked"] }, "keys USING COVERING INDEX keys_listing (id>?)"],
  ["an expiry", { ...LIVE, expiringBefore: "2027-01-01T00:00:00Z" }, "COVERING INDEX keys_listing (id>?)"],
  ["a breach", { ...LIVE, compliant: false }, "keys USING COVERING INDEX keys_listing (id>?)"],
  ["an owner", { ...LIVE, owner: "team" }, "keys USING INDEX keys_owner (owner=? AND id>?)"],
  [
    "a role",
    { ...LIVE, role: "USER" },
    "key_roles USING COVERING INDEX sqlite_autoindex_key_roles_1 (role=? AND key_id>?)",
  ],
  [
    "a label, before anything else",
    { ...LIVE, role: "USER", owner: "team", labels: [["tier", "a"]] },
    "key_labels USING COVERING INDEX sqlite_autoindex_key_labels_1 (name=? AND value=? AND key_id>?)",
  ],
];

test.each(PLANS)(
  "a page filtered by %s starts at its place in an index and is not sorted",
  async (_, filter, plan) => {
    const { database } = server.context;
    // The index names are SQLite's; PostgreSQL weighs its statistics.
    if (engineOf(database) !== "sqlite") return;
    await setPolicy({ maxLifetimeDays: 30 });
    const policy = filter.compliant === undefined ? undefined : await readPolicy(database);
    const now = new Date(NOW).toISOString();
    const { sql, parameters } = selectIds(database, {
      filter,
      policy,
      now,
      limit: 100,
      after: "key_0",
    }).compile();
    const steps = await database.executeQuery(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    );
    const details = (steps.rows as { detail: string }[]).map(({ detail }) => detail).join("\n");
    expect(details).toContain(`SEARCH ${plan.startsWith("COVERING") ? "keys USING " : ""}${plan}`);
    expect(details).not.toMatch(/SCAN|TEMP B-TREE/);
  },
);
