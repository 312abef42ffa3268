import { afterEach, beforeEach, expect, test } from "vitest";
import { changeKeyRoles } from "../../domain/change-key-access.ts";
import { PERMISSIONS } from "../../domain/permissions.ts";
import {
  type CloudKey,
  type CloudServer,
  WIDE_LIMIT,
  dataOf,
  openCloudServer,
  signedHeaders,
} from "./cortex-cloud.fixture.ts";

const KEYS = "/public_api/v1/api_keys";
const IAM = "/platform/iam/v1";
const DAY_MS = 24 * 3_600_000;
const START = Date.parse("2026-11-21T08:00:00.000Z");

let server: CloudServer;
const logged: string[] = [];
beforeEach(async () => {
  logged.length = 0;
  const record = (fields: object, message: string) =>
    void logged.push(JSON.stringify({ ...fields, message }));
  server = await openCloudServer(WIDE_LIMIT, { info: record, error: record });
});
afterEach(() => server.close());

const generate = (overrides: Readonly<Record<string, unknown>>, as?: CloudKey) =>
  server.ask(`POST ${KEYS}/generate`, { roles: ["Viewer"], security_level: "standard", ...overrides }, as);
const list = (search: Readonly<Record<string, unknown>> = {}, as?: CloudKey) =>
  server.ask(`POST ${KEYS}/get_api_keys`, { filters: [], ...search }, as);
const remove = (value: readonly unknown[], as?: CloudKey) =>
  server.ask(`POST ${KEYS}/delete`, { filters: [{ field: "id", operator: "in", value }] }, as);
const read = (id: number | string, as?: CloudKey) => server.ask(`GET ${IAM}/api-key/${id}`, undefined, as);
const edit = (id: number, data: Readonly<Record<string, unknown>>, as?: CloudKey) =>
  server.ask(`PUT ${IAM}/api-key/${id}`, { security_level: "standard", ...data }, as);
const record = async (id: number) => (await read(id)).body["data"] as Readonly<Record<string, unknown>>;
const idsOf = async (search: Readonly<Record<string, unknown>>): Promise<readonly unknown[]> =>
  dataOf(await list(search)).map(({ id }) => id);
const makeRole = (tag: string, displayName: string, permissions: readonly string[] = []) =>
  server.call(`PUT /v1/roles/${tag}`, { body: { displayName, permissions } });
const extraOf = (body: Readonly<Record<string, unknown>>): unknown =>
  (body["reply"] as { err_extra: unknown } | undefined)?.err_extra ??
  (body["data"] as { metadata?: { err_extra: unknown } }).metadata?.err_extra;

const before = (value: number) => ({ field: "expiration", operator: "lte", value });
const after = (value: number) => ({ field: "expiration", operator: "gte", value });
const having = (...value: string[]) => ({ field: "roles", operator: "contains", value });
const among = (...value: number[]) => ({ field: "id", operator: "in", value });
const foundBy = async (...filters: object[]) => idsOf({ filters });

const sortedBy = (field: string, keyword: string) => idsOf({ sort: { field, keyword } });

const createRole = async (pretty_name: string, component_permissions: readonly string[] = []) =>
  server.ask(`POST ${IAM}/role`, { pretty_name, component_permissions });

const named = (mode: string, name: string) => ({ mode, tags: [{ tag_id: name, tag_name: name }] });

const atTime = (operator: string, value: number) => ({ field: "timestamp", operator, value });

// ── generate ─────────────────────────────────────────────────────────────────────────────────────────────

test("200: a generated key works at once, and its text is in that one answer only", async () => {
  const answer = await generate({ comment: "Nightly scan\nsecond line" });
  expect(answer.status).toBe(200);
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(answer.body).toEqual({
    reply: { id: 2, key: expect.stringMatching(/^kw_live_[0-9A-Za-z]{46}$/) as string },
  });
  const { id, key } = answer.body["reply"] as { id: number; key: string };
  expect((await list({}, { id, key, level: "standard" })).status).toBe(200);
  const others = [await list(), await read(id), await server.call("GET /v1/keys")];
  for (const { text } of others) expect(text).not.toContain(key.slice(8, 32));
  expect(logged.join("\n")).not.toContain(key.slice(8, 32));
});

test("a generated key has the beginning of its comment as its native name, or a name all the same", async () => {
  for (const comment of ["  Nightly\tscan\nsecond line", "é".repeat(100), undefined]) {
    server.clock.advance(1);
    await generate({ comment });
  }
  const { body } = await server.call("GET /v1/keys");
  const keys = body["keys"] as { name: string; description: string; status: string }[];
  expect(keys.slice(1).map(({ name }) => name)).toEqual(["Nightly scan", "é".repeat(80), "Cortex Cloud key"]);
  expect(keys[1]).toMatchObject({ description: "  Nightly\tscan\nsecond line", status: "active" });
});

test("a key expires after one week unless told otherwise", async () => {
  const { id } = await server.generate();
  expect(await record(id)).toMatchObject({ expiration: START + 7 * DAY_MS });
});

test.each([
  ["in six months", "2027-05-21T08:00:00.000Z", 200],
  ["a millisecond after", "2027-05-21T08:00:00.001Z", 400],
  ["in a millisecond", "2026-11-21T08:00:00.001Z", 200],
  ["now", "2026-11-21T08:00:00.000Z", 400],
  ["never", "9999-12-31T00:00:00.000Z", 400],
])("expiration: %s", async (_name, instant, status) => {
  expect((await generate({ expiration: Date.parse(instant) })).status).toBe(status);
});

test("six months from the last of a month end on the last of a shorter one", async () => {
  server.clock.advance(Date.parse("2027-08-31T12:00:00Z") - START);
  expect((await generate({ expiration: Date.parse("2028-02-29T12:00:00Z") })).status).toBe(200);
  expect((await generate({ expiration: Date.parse("2028-02-29T12:00:00.001Z") })).status).toBe(400);
});

test("400: seconds, zero, text and fractions are no expiration", async () => {
  for (const expiration of [1_800_000_000, 0, -1, "1800000000000", 1.5, null, 1e300]) {
    expect([expiration, (await generate({ expiration })).status]).toEqual([expiration, 400]);
  }
});

test("400: an unknown role, no role, no level and another level", async () => {
  const wrong = [
    { roles: ["Nobody"] },
    { roles: [] },
    { roles: "Viewer" },
    { roles: ["READ_ONLY"] },
    { security_level: undefined },
    { security_level: "Standard" },
    { name: "x" },
    { comment: 1 },
  ];
  for (const overrides of wrong) {
    expect([overrides, (await generate(overrides)).status]).toEqual([overrides, 400]);
  }
});

test("custom roles are given by display name or tag; a name that two answer to is refused", async () => {
  await makeRole("scan-a", "Scanner");
  await makeRole("scan-b", "Scanner");
  await makeRole("audit", "Auditor");
  await makeRole("other", "audit");
  await makeRole("fake", "Viewer");
  const statusOf = async (role: string) => (await generate({ roles: [role] })).status;
  expect(await Promise.all(["Auditor", "scan-a", "scan-b"].map(statusOf))).toEqual([200, 200, 200]);
  expect(await Promise.all(["Scanner", "audit", "Viewer"].map(statusOf))).toEqual([400, 400, 400]);
  const { body } = await generate({ roles: ["Scanner"] });
  expect(extraOf(body)).toBe("The role name is ambiguous: Scanner (scan-a, scan-b).");
});

test("a role that is given twice, by name and by tag, is there once", async () => {
  await makeRole("audit", "Auditor");
  const { id } = await server.generate({ roles: ["Auditor", "audit", "Viewer"] });
  expect((await record(id))["roles"]).toEqual(["Auditor", "Viewer"]);
});

test("400: the store's security policy holds here too", async () => {
  await server.call("PUT /v1/policy", { body: { requireExpiration: true, maxLifetimeDays: 3 } });
  expect((await generate({})).status).toBe(400);
  expect((await generate({ expiration: START + 2 * DAY_MS })).status).toBe(200);
});

test("A5: a key that is no administrator cannot make, change, widen or delete one", async () => {
  const manager = await server.generate({ roles: ["Public API Action"] });
  const admin = await server.generate({ roles: ["Instance Administrator"] });
  const viewer = await server.generate();
  const refused = [
    await generate({ roles: ["Instance Administrator"] }, manager),
    await remove([admin.id], manager),
    await remove([viewer.id, admin.id], manager),
    await edit(admin.id, { roles: ["READ_ONLY"] }, manager),
    await edit(viewer.id, { roles: ["ADMIN"] }, manager),
    await server.ask(
      `PUT ${IAM}/scope/api-key/${admin.id}`,
      { assets: { mode: "see_all", asset_group_ids: [] } },
      manager,
    ),
  ];
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
  expect(refused[0]?.body).toMatchObject({
    reply: { err_code: 403, err_msg: "Insufficient permissions for api key" },
  });
  expect(refused[3]?.body).toMatchObject({ data: { reply: { err_code: 403 } } });
  expect((await list({}, viewer)).status).toBe(200);
  expect((await edit(viewer.id, { roles: ["USER"] }, manager)).status).toBe(200);
});

test("A5: nobody changes the roles or the scope of the key they come with; its comment they may", async () => {
  const admin = await server.generate({ roles: ["Instance Administrator"] });
  expect((await edit(admin.id, { roles: ["READ_ONLY"] }, admin)).status).toBe(403);
  expect((await server.ask(`PUT ${IAM}/scope/api-key/${admin.id}`, {}, admin)).status).toBe(403);
  expect((await edit(admin.id, { roles: ["ADMIN"], comment: "mine" }, admin)).status).toBe(200);
  expect(await record(admin.id)).toMatchObject({ comment: "mine", roles: ["Instance Administrator"] });
});

test("a viewer lists and reads, and neither makes nor changes anything", async () => {
  const viewer = await server.generate();
  const answers = [
    await list({}, viewer),
    await read(1, viewer),
    await generate({}, viewer),
    await remove([viewer.id], viewer),
    await edit(viewer.id, { roles: ["USER"] }, viewer),
    await server.ask(`POST ${IAM}/role`, { pretty_name: "x", component_permissions: [] }, viewer),
    await server.ask("POST /public_api/v1/audits/management_logs", {}, viewer),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 403, 403, 403, 403, 403]);
});

// ── get_api_keys ─────────────────────────────────────────────────────────────────────────────────────────

test("200: a record is complete, and never tells the key", async () => {
  const { id } = await server.generate({ comment: "nightly", security_level: "advanced" });
  const answer = await list();
  expect(answer.body).toMatchObject({ reply: { FILTER_COUNT: 2, TOTAL_COUNT: 2 } });
  expect(dataOf(answer)).toEqual([
    {
      id: 1,
      creation_time: START,
      created_by: "System",
      user_name: "system",
      roles: ["Instance Administrator"],
      security_level: "standard",
      comment: expect.stringContaining("first start") as string,
      expiration: null,
    },
    {
      id,
      creation_time: START,
      created_by: "Administrator (first start)",
      user_name: expect.stringMatching(/^key_/) as string,
      roles: ["Viewer"],
      security_level: "advanced",
      comment: "nightly",
      expiration: START + 7 * DAY_MS,
    },
  ]);
});

test("filters hold together, and their counts tell the found from the whole", async () => {
  await makeRole("audit", "Auditor");
  const brief = await server.generate({ expiration: START + DAY_MS });
  const long = await server.generate({ expiration: START + 30 * DAY_MS, roles: ["Auditor", "Investigator"] });
  const week = await server.generate({ roles: ["Investigator"] });
  expect(await foundBy(before(START + DAY_MS))).toEqual([brief.id]);
  expect(await foundBy(before(START + DAY_MS - 1))).toEqual([]);
  expect(await foundBy(after(START + 7 * DAY_MS))).toEqual([long.id, week.id]);
  expect(await foundBy(after(START + 7 * DAY_MS), before(START + 7 * DAY_MS))).toEqual([week.id]);
  expect(await foundBy(having("Investigator"))).toEqual([long.id, week.id]);
  expect(await foundBy(having("Auditor", "Viewer"))).toEqual([brief.id, long.id]);
  expect(await foundBy(having("Nobody"))).toEqual([]);
  expect(await foundBy(among(week.id, 1, 2_147_483_647))).toEqual([1, week.id]);
  expect(await foundBy(having("Investigator"), among(week.id))).toEqual([week.id]);
  expect((await list({ filters: [among(week.id)] })).body).toMatchObject({
    reply: { FILTER_COUNT: 1, TOTAL_COUNT: 4 },
  });
});

test("pages by search_from and search_to hold every key once; the end is left out", async () => {
  const made: number[] = [1];
  for (let i = 0; i < 7; i += 1) made.push((await server.generate()).id);
  const collected: unknown[] = [];
  for (let from = 0; from < 9; from += 3) {
    collected.push(...(await idsOf({ search_from: from, search_to: from + 3 })));
  }
  expect(collected).toEqual(made);
  expect(await idsOf({ search_from: 6 })).toEqual([7, 8]);
  expect(await idsOf({ search_to: 2 })).toEqual([1, 2]);
});

test("sorted by expiration, what never expires comes last, on both engines", async () => {
  const late = await server.generate({ expiration: START + 9 * DAY_MS });
  const early = await server.generate({ expiration: START + DAY_MS });
  expect(await sortedBy("expiration", "asc")).toEqual([early.id, late.id, 1]);
  expect(await sortedBy("expiration", "desc")).toEqual([1, late.id, early.id]);
  expect(await sortedBy("id", "desc")).toEqual([early.id, late.id, 1]);
  expect(await sortedBy("creation_time", "asc")).toEqual([1, late.id, early.id]);
});

test("400: filters are required, and each part must be as documented", async () => {
  const wrong: readonly Readonly<Record<string, unknown>>[] = [
    { filters: undefined },
    { filters: {} },
    { filters: [{ field: "comment", operator: "eq", value: "x" }] },
    { filters: [{ field: "id", operator: "gte", value: [1] }] },
    { filters: [{ field: "id", operator: "in", value: ["1"] }] },
    { filters: [{ field: "id", operator: "in", value: [2_147_483_648] }] },
    { filters: [{ field: "expiration", operator: "gte", value: 1e18 }] },
    { search_from: 5, search_to: 5 },
    { search_from: 0, search_to: 1001 },
    { search_from: -1 },
    { sort: { field: "key", keyword: "asc" } },
    { unknown: 1 },
  ];
  for (const search of wrong) {
    const { status, body } = await list(search);
    expect([search, status]).toEqual([search, 400]);
    expect(body).toMatchObject({ reply: { err_code: 400 } });
  }
  const { body } = await list({ filters: undefined });
  expect(extraOf(body)).toEqual([
    { type: "value_error", loc: ["body", "request_data", "filters"], msg: "is required" },
  ]);
});

test("an expired key stays listed, a revoked, lapsed or replaced one does not", async () => {
  const expired = await server.generate({ expiration: START + 1000 });
  const gone = await server.generate();
  await remove([gone.id]);
  await server.makeKey({}, "pending");
  server.clock.advance(15 * 60_000);
  expect(await idsOf({})).toEqual([1, expired.id]);
});

// ── delete ───────────────────────────────────────────────────────────────────────────────────────────────

test("200: deleting counts what was there, and the keys stop working at once", async () => {
  const [a, b] = [await server.generate(), await server.generate({ security_level: "advanced" })];
  const { body } = await remove([a.id, b.id, a.id, 999]);
  expect(body).toEqual({ reply: { update_count: 2 } });
  expect([(await list({}, a)).status, (await list({}, b)).status]).toEqual([401, 401]);
  expect((await remove([a.id])).body).toEqual({ reply: { update_count: 0 } });
});

test("all or nothing: when one of several keys may not be deleted, none is", async () => {
  const viewer = await server.generate();
  const second = await server.generate({ roles: ["Instance Administrator"] });
  const { status, body } = await remove([viewer.id, second.id], second);
  expect([status, extraOf(body)]).toEqual([
    403,
    "A caller cannot revoke the key that it authenticates with.",
  ]);
  expect((await list({}, viewer)).status).toBe(200);
  const { body: log } = await server.ask("POST /public_api/v1/audits/management_logs", {
    filters: [{ field: "sub_type", operator: "in", value: ["REVOKE"] }],
  });
  expect(log).toMatchObject({ reply: { total_count: 0 } });
});

test("400: a delete without filters, or with an empty one, deletes nothing", async () => {
  await server.generate();
  const empty = [
    { filters: [] },
    {},
    { filters: [{ field: "id", operator: "in", value: [] }] },
    { filters: [{ field: "roles", operator: "contains", value: ["Viewer"] }] },
  ];
  for (const data of empty) {
    expect((await server.ask(`POST ${KEYS}/delete`, data)).status).toBe(400);
  }
  expect(await idsOf({})).toHaveLength(2);
});

// ── one key ──────────────────────────────────────────────────────────────────────────────────────────────

test("400: a key that does not exist, or does no more, is unknown in the vendor's words", async () => {
  const gone = await server.generate();
  await remove([gone.id]);
  for (const id of [99, gone.id, "4294967297", "0"]) {
    const { status, body } = await read(id);
    expect([status, body]).toEqual([
      400,
      {
        data: {
          err_msg: "The request contains invalid or missing parameters.",
          metadata: {
            err_code: 400,
            err_extra: `Api Key fetch failed: api_key_id does not exist, id=${id}.`,
          },
        },
      },
    ]);
  }
  expect((await edit(99, { roles: ["READ_ONLY"] })).status).toBe(400);
  expect((await server.ask(`GET ${IAM}/scope/api-key/99`)).status).toBe(400);
});

test("400: an id that is none is not repeated in the answer", async () => {
  for (const id of ["abc", server.root.key, "x".repeat(150), "%20", "1.5", "-1"]) {
    const { status, text, body } = await read(id);
    expect([id, status, text.includes(id)]).toEqual([id, 400, false]);
    expect(body["data"]).toBeDefined();
  }
});

test("roles are edited in place by id, and the secret stays good with its new rights", async () => {
  const key = await server.generate({ comment: "before" });
  expect((await generate({}, key)).status).toBe(403);
  const { status, body } = await edit(key.id, { roles: ["MANAGER"] });
  expect([status, body]).toEqual([200, { data: { message: `api_key_id ${key.id} updated successfully.` } }]);
  expect((await generate({}, key)).status).toBe(200);
  expect(await record(key.id)).toMatchObject({ roles: ["Public API Action"], comment: "before" });
  expect(
    await idsOf({ filters: [{ field: "roles", operator: "contains", value: ["Public API Action"] }] }),
  ).toEqual([key.id]);
  await edit(key.id, { roles: ["READ_ONLY"], comment: null });
  expect(await record(key.id)).toMatchObject({ roles: ["Viewer"], comment: null });
  expect((await generate({}, key)).status).toBe(403);
});

test("an edit is audited with what it changed, and one that changes nothing is not", async () => {
  const { id } = await server.generate();
  const updates = async () => {
    const filters = [{ field: "sub_type", operator: "in", value: ["UPDATE"] }];
    const { body } = await server.ask("POST /public_api/v1/audits/management_logs", { filters });
    return (body["reply"] as { data: Readonly<Record<string, unknown>>[] }).data;
  };
  await edit(id, { roles: ["READ_ONLY"] });
  expect(await updates()).toEqual([]);
  await edit(id, { roles: ["USER"], comment: "now" });
  const [entry] = await updates();
  expect(JSON.parse(String(entry?.["AUDIT_ASSET_JSON"]))).toEqual({
    description: "now",
    roles: '[{"type":"default","role":"USER"}]',
  });
});

test("400: an edit needs roles and the key's own level; names are no ids", async () => {
  const { id } = await server.generate();
  const wrong = [
    { roles: ["Viewer"] },
    { roles: [] },
    { roles: undefined },
    { roles: ["READ_ONLY"], security_level: "advanced" },
    { roles: ["READ_ONLY"], security_level: undefined },
    { roles: ["READ_ONLY"], expiration: START + DAY_MS },
  ];
  for (const data of wrong) expect([data, (await edit(id, data)).status]).toEqual([data, 400]);
  expect(await record(id)).toMatchObject({ roles: ["Viewer"] });
});

test("400: the policy's roles hold for roles that are given now, and not for those a key has", async () => {
  const { id } = await server.generate({ roles: ["Investigator"] });
  await server.call("PUT /v1/policy", { body: { requireExpiration: false, allowedRoles: ["READ_ONLY"] } });
  expect((await edit(id, { roles: ["MANAGER"] })).status).toBe(400);
  expect((await edit(id, { roles: ["USER", "READ_ONLY"] })).status).toBe(200);
});

test("403: nobody takes the roles of the last administrator, not even one who was it a moment ago", async () => {
  const second = await server.generate({ roles: ["Instance Administrator"] });
  const roots = {
    type: "API_KEY",
    userId: null,
    ipAddress: null,
    roles: [],
    permissions: new Set(PERMISSIONS),
  } as const;
  const idOf = async (number: number): Promise<string> => {
    const keys = server.context.database.selectFrom("keys").select("id").where("number", "=", number);
    return (await keys.executeTakeFirstOrThrow()).id;
  };
  await remove([server.root.id], second);
  const former = { ...roots, id: await idOf(server.root.id) };
  const roles = [{ type: "default", role: "READ_ONLY" }] as const;
  const changed = await changeKeyRoles(server.context, former, await idOf(second.id), roles);
  expect(changed).toMatchObject({ refused: "last-administrator" });
  expect((await list({}, second)).status).toBe(200);
});

// ── roles ────────────────────────────────────────────────────────────────────────────────────────────────

test("the registry lists predefined and custom roles with their ids and a count", async () => {
  await makeRole("audit", "Auditor");
  const { body } = await server.ask(`GET ${IAM}/role`);
  const data = body["data"] as Readonly<Record<string, unknown>>[];
  expect(body["metadata"]).toEqual({ total_count: 5 });
  expect(data.map(({ role_id: id, pretty_name: name }) => [id, name])).toEqual([
    ["READ_ONLY", "Viewer"],
    ["USER", "Investigator"],
    ["MANAGER", "Public API Action"],
    ["ADMIN", "Instance Administrator"],
    ["audit", "Auditor"],
  ]);
  expect(data[4]).toEqual({
    role_id: "audit",
    pretty_name: "Auditor",
    description: "",
    is_custom: true,
    created_by: "Administrator (first start)",
    created_ts: START,
    updated_ts: START,
  });
});

test("a role is made of components, given by its name, and drops out of its keys when it is deleted", async () => {
  const wanted = {
    pretty_name: "Key Reader!",
    description: "reads",
    component_permissions: ["public_api_view"],
  };
  const { status, body } = await server.ask(`POST ${IAM}/role`, wanted);
  expect([status, body]).toEqual([201, { data: { message: "role_id key-reader created successfully." } }]);
  const key = await server.generate({ roles: ["Key Reader!"], expiration: START + 1000 });
  expect([
    (await list({}, key)).status,
    (await server.ask(`GET ${IAM}/role`, undefined, key)).status,
  ]).toEqual([200, 403]);
  const used = await server.ask(`DELETE ${IAM}/role/key-reader`);
  expect(used.status).toBe(400);
  await remove([key.id]);
  const gone = await server.ask(`DELETE ${IAM}/role/key-reader`);
  expect([gone.status, gone.body]).toEqual([
    200,
    { data: { message: "role_id key-reader deleted successfully." } },
  ]);
  expect((await server.ask(`DELETE ${IAM}/role/key-reader`)).status).toBe(400);
});

test("an action component includes its view", async () => {
  await server.ask(`POST ${IAM}/role`, { pretty_name: "Keys", component_permissions: ["public_api_action"] });
  const { body } = await server.call("GET /v1/roles");
  expect((body["roles"] as object[]).at(-1)).toMatchObject({
    tag: "keys",
    permissions: ["Edit API keys", "View API keys"],
  });
});

test("400: a role's name must be new, and its components known", async () => {
  await makeRole("audit", "Auditor");
  for (const name of ["Auditor", "audit", "Viewer", "Instance Administrator", "ADMIN"]) {
    const { status, body } = await createRole(name);
    expect([status, extraOf(body)]).toEqual([
      400,
      `The role name ${name} is already utilized by another role.`,
    ]);
  }
  expect((await createRole("New", ["everything_action"])).status).toBe(400);
  expect((await createRole("日本")).body).toMatchObject({
    data: { message: expect.stringMatching(/^role_id role-[0-9a-f]{12} created/) as string },
  });
});

test("A5: nobody makes a role above their own rights, or deletes one", async () => {
  await makeRole("editor", "Editor", ["Edit roles", "View roles"]);
  await makeRole("strong", "Strong", ["Edit API keys"]);
  const editor = await server.generate({ roles: ["Editor"] });
  const wanted = { pretty_name: "More", component_permissions: ["public_api_action"] };
  const made = await server.ask(`POST ${IAM}/role`, wanted, editor);
  const deleted = await server.ask(`DELETE ${IAM}/role/strong`, undefined, editor);
  expect([made.status, deleted.status]).toEqual([403, 403]);
});

test("every permission of the store belongs to a component", async () => {
  const { body } = await server.ask(`GET ${IAM}/role/permission-config`);
  const { rbac_permissions: categories } = body["data"] as {
    rbac_permissions: { sub_categories: { permissions: { view_name: string; action_name: string }[] }[] }[];
  };
  const keys = categories
    .flatMap(({ sub_categories: parts }) => parts.flatMap(({ permissions }) => permissions))
    .flatMap(({ view_name: view, action_name: action }) => [view, action])
    .filter((key) => key !== "");
  const role = { pretty_name: "All", component_permissions: keys };
  expect((await server.ask(`POST ${IAM}/role`, role)).status).toBe(201);
  const roles = (await server.call("GET /v1/roles")).body["roles"] as {
    tag: string;
    permissions: string[];
  }[];
  const permissionsOf = (tag: string) => roles.find((one) => one.tag === tag)?.permissions;
  expect(permissionsOf("all")).toEqual(permissionsOf("ADMIN"));
});

// ── scope ────────────────────────────────────────────────────────────────────────────────────────────────

test("a scope is written in one shape and read in the other; what is left out stays", async () => {
  const { id } = await server.generate();
  const path = `${IAM}/scope/api-key/${id}`;
  const nothing = { mode: "no_scope", tags: [] };
  const initial = {
    assets: { mode: "no_scope", asset_groups: [] },
    endpoints: { endpoint_groups: nothing, endpoint_tags: nothing },
    cases_issues: { ...nothing, include_cases_issues_empty_entities: false },
  };
  expect((await server.ask(`GET ${path}`)).body).toEqual({ data: initial });
  const written = await server.ask(`PUT ${path}`, {
    assets: { mode: "scope", asset_group_ids: [7, 5] },
    endpoints: { endpoint_groups: { mode: "any", names: ["prod"] } },
  });
  expect(written.status).toBe(200);
  await server.ask(`PUT ${path}`, {
    endpoints: { endpoint_tags: { mode: "scope", names: ["linux"] } },
    cases_issues: { mode: "see_all", names: [], include_cases_issues_empty_entities: true },
    datasets_rows: { default_filter_mode: "scope", filters: [{ dataset: "xdr_data", filter: "host = 1" }] },
  });
  expect((await server.ask(`GET ${path}`)).body).toEqual({
    data: {
      assets: {
        mode: "scope",
        asset_groups: [
          { asset_group_id: 7, asset_group_name: "Asset group 7" },
          { asset_group_id: 5, asset_group_name: "Asset group 5" },
        ],
      },
      endpoints: { endpoint_groups: named("any", "prod"), endpoint_tags: named("scope", "linux") },
      cases_issues: { mode: "see_all", tags: [], include_cases_issues_empty_entities: true },
      datasets_rows: { default_filter_mode: "scope", filters: [{ dataset: "xdr_data", filter: "host = 1" }] },
    },
  });
});

test("400: a scope of another form is refused", async () => {
  const { id } = await server.generate();
  const wrong = [
    { assets: { mode: "any", asset_group_ids: [] } },
    { assets: { mode: "scope" } },
    { assets: { mode: "scope", asset_group_ids: ["1"] } },
    { endpoints: { endpoint_groups: { mode: "Scope", names: [] } } },
    { datasets_rows: { default_filter_mode: "scope", filters: [{ dataset: "x" }] } },
    { other: {} },
    null,
  ];
  for (const data of wrong) {
    expect((await server.ask(`PUT ${IAM}/scope/api-key/${id}`, data)).status).toBe(400);
  }
});

test("the asset groups are those that scopes name", async () => {
  const [a, b] = [await server.generate(), await server.generate()];
  const scope = (id: number, ids: readonly number[]) =>
    server.ask(`PUT ${IAM}/scope/api-key/${id}`, { assets: { mode: "scope", asset_group_ids: ids } });
  await scope(a.id, [20, 3]);
  await scope(b.id, [3, 100]);
  const groups = async (search: object = {}) => {
    const { body } = await server.ask("POST /public_api/v1/asset-groups", search);
    const { data, metadata } = body["reply"] as { data: Record<string, unknown>[]; metadata: object };
    return [data.map((group) => group["XDM.ASSET_GROUP.ID"]), metadata];
  };
  expect(await groups()).toEqual([[3, 20, 100], { filter_count: 3, total_count: 3 }]);
  const named = { SEARCH_FIELD: "XDM.ASSET_GROUP.NAME", SEARCH_TYPE: "EQ", SEARCH_VALUE: "Asset group 20" };
  expect(await groups({ filters: { AND: [named] } })).toEqual([[20], { filter_count: 1, total_count: 3 }]);
  expect(await groups({ search_from: 1, search_to: 2 })).toEqual([[20], { filter_count: 3, total_count: 3 }]);
  await remove([b.id]);
  expect((await groups())[0]).toEqual([3, 20]);
});

// ── management logs ──────────────────────────────────────────────────────────────────────────────────────

test("the management log tells who did what to what, either way round and page by page", async () => {
  const { id } = await server.generate();
  server.clock.advance(1000);
  await edit(id, { roles: ["USER"] });
  const logs = async (search: object) => {
    const { body } = await server.ask("POST /public_api/v1/audits/management_logs", search);
    return body["reply"] as { total_count: number; result_count: number; data: Record<string, unknown>[] };
  };
  const { total_count: total, data } = await logs({});
  const ids = data.map((entry) => entry["AUDIT_ID"]);
  expect(data[0]).toMatchObject({
    AUDIT_OWNER_NAME: "Administrator (first start)",
    AUDIT_ENTITY: "API_KEY",
    AUDIT_ENTITY_SUBTYPE: "UPDATE",
    AUDIT_RESULT: "SUCCESS",
    AUDIT_HOSTNAME: "127.0.0.1",
    AUDIT_INSERT_TIME: START + 1000,
  });
  const sort = { field: "timestamp", keyword: "asc" };
  const pages = [];
  for (let from = 0; from < total; from += 2)
    pages.push(...(await logs({ sort, search_from: from, search_to: from + 2 })).data);
  expect(pages.map((entry) => entry["AUDIT_ID"])).toEqual(ids.toReversed());
  expect((await logs({ sort, search_from: 100 })).data).toEqual([]);
  expect((await logs({ filters: [atTime("gte", START + 1000)] })).total_count).toBe(1);
  expect((await logs({ filters: [atTime("lte", START)] })).total_count).toBe(total - 1);
  expect((await logs({ filters: [{ field: "type", operator: "in", value: ["STORE"] }] })).total_count).toBe(
    0,
  );
  const twice = { filters: [atTime("gte", 1), atTime("gte", 2)] };
  expect((await server.ask("POST /public_api/v1/audits/management_logs", twice)).status).toBe(400);
});

// ── the envelope, the limit, the wire ────────────────────────────────────────────────────────────────────

test("wrong paths, methods, bodies and types are 4xx in the envelope of their part", async () => {
  const send = (target: string, options: object = {}) =>
    server.call(target, { token: null, headers: server.headersOf(server.root), ...options });
  const wrong: readonly (readonly [string, object, number])[] = [
    ["POST /public_api/v1/api_keys/rotate", {}, 404],
    ["POST /public_api/v2/api_keys/generate", {}, 404],
    ["GET /public_api/v1/api_keys/generate", {}, 405],
    ["POST /public_api/v1/api_keys/generate", { body: "{" }, 400],
    ["POST /public_api/v1/api_keys/generate", { body: "[]" }, 400],
    ["POST /public_api/v1/api_keys/generate", { body: '{"request_data":{"__proto__":{}}}' }, 400],
    ["POST /public_api/v1/api_keys/generate", {}, 400],
    ["POST /public_api/v1/api_keys/generate", { body: "x".repeat(200_000) }, 413],
    [
      "POST /public_api/v1/api_keys/generate",
      { body: "a=b", headers: { ...server.headersOf(server.root), "content-type": "text/plain" } },
      415,
    ],
    ["GET /public_api/%zz", {}, 400],
  ];
  for (const [target, options, status] of wrong) {
    const answer = await send(target, options);
    expect([target, answer.status, answer.headers["content-type"]]).toEqual([
      target,
      status,
      "application/json; charset=utf-8",
    ]);
    expect(answer.body).toMatchObject({ reply: { err_code: status } });
  }
  const iam = [
    [await send("GET /platform/iam/v1/user"), 404],
    [await send("PATCH /platform/iam/v1/api-key/1"), 405],
    [await send(`GET /platform/iam/v1/api-key/${"1".repeat(120)}`), 400],
    [await send("PUT /platform/iam/v1/api-key/1", { body: "{" }), 400],
  ] as const;
  for (const [{ body, status }, expected] of iam) {
    expect([status, body]).toMatchObject([expected, { data: { metadata: { err_code: expected } } }]);
  }
  expect(iam[1][0].headers["allow"]).toBe("GET, PUT");
});

test("paths may end with a slash, as the vendor's samples write them", async () => {
  expect((await server.ask(`POST ${KEYS}/get_api_keys/`, { filters: [] })).status).toBe(200);
  expect((await server.ask(`GET ${IAM}/role/`)).status).toBe(200);
  expect((await server.ask(`GET ${IAM}/api-key/1/`)).status).toBe(200);
});

test("a DELETE that announces JSON and sends none is carried out", async () => {
  await makeRole("audit", "Auditor");
  const headers = {
    ...server.headersOf(server.root),
    "content-type": "application/json",
    "content-length": "0",
  };
  expect((await server.call(`DELETE ${IAM}/role/audit`, { token: null, headers })).status).toBe(200);
});

test("A7: the answers of the façade carry the security headers too", async () => {
  for (const answer of [
    await list(),
    await generate({ roles: [] }),
    await server.call("GET /public_api/v1/x"),
  ]) {
    expect(answer.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
  }
});

test("A8: a failure inside says nothing but 500, in the envelope", async () => {
  await server.context.database.schema.dropTable("roles").execute();
  const { status, body } = await server.ask(`GET ${IAM}/role`);
  expect([status, body]).toEqual([
    500,
    { data: { err_msg: "The server failed", metadata: { err_code: 500, err_extra: null } } },
  ]);
});

test("A8: a key in the body is not repeated in the answer", async () => {
  const { key } = server.root;
  const answers = [
    await generate({ roles: [key] }),
    await generate({ comment: key }),
    await generate({ [key]: 1 }),
    await edit(1, { roles: [key] }),
    await server.ask(`DELETE ${IAM}/role/${key}`),
    await server.ask(`POST ${IAM}/role`, { pretty_name: key, component_permissions: [] }),
  ];
  for (const { status, text } of answers) {
    expect(status).toBe(400);
    expect(text).not.toContain(key);
  }
});

test("429: ten requests a second for the tenant, all endpoints and keys together", async () => {
  const limited = await openCloudServer({ requests: 10, windowMs: 1000 });
  const viewer = await limited.generate();
  const statuses: number[] = [];
  for (let i = 0; i < 10; i += 1) {
    const target = i % 2 ? `GET ${IAM}/role` : `GET ${IAM}/api-key/1`;
    statuses.push((await limited.ask(target, undefined, i % 3 ? viewer : limited.root)).status);
  }
  const spent = await limited.ask(`GET ${IAM}/role`, undefined, { "x-xdr-auth-id": "1", authorization: "x" });
  limited.clock.advance(999);
  const still = await limited.ask(`GET ${IAM}/role`);
  limited.clock.advance(1);
  const again = await limited.ask(`GET ${IAM}/role`);
  await limited.close();
  expect(statuses).toEqual([...Array.from({ length: 9 }, () => 200), 429]);
  expect([spent.status, spent.headers["retry-after"], spent.body]).toEqual([
    429,
    "1",
    { reply: { err_code: 429, err_msg: "Too many requests", err_extra: "Try again in 1 s." } },
  ]);
  expect([still.status, again.status]).toEqual([429, 200]);
});

test("requests without a good key do not spend the tenant's limit", async () => {
  const limited = await openCloudServer({ requests: 2, windowMs: 1000 });
  for (let i = 0; i < 20; i += 1) await limited.ask(`GET ${IAM}/role`, undefined, { authorization: "x" });
  const statuses = [];
  for (let i = 0; i < 3; i += 1) statuses.push((await limited.ask(`GET ${IAM}/role`)).status);
  await limited.close();
  expect(statuses).toEqual([200, 200, 429]);
});

test("a request that the limit refuses burns no nonce", async () => {
  const limited = await openCloudServer({ requests: 2, windowMs: 1000 });
  const key = await limited.generate({ security_level: "advanced" });
  const headers = signedHeaders(key, limited.clock.now().getTime());
  await limited.ask(`GET ${IAM}/role`);
  const refused = await limited.ask(`GET ${IAM}/role`, undefined, headers);
  limited.clock.advance(1000);
  const passed = await limited.ask(`GET ${IAM}/role`, undefined, headers);
  await limited.close();
  expect([refused.status, passed.status]).toEqual([429, 200]);
});
