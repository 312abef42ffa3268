import { expect, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import {
  type Answer,
  aRequest,
  codeOf,
  COMMENT,
  DELETE,
  errorOf,
  fault,
  type Handler,
  iamFault,
  keyPath,
  LIST,
  listed,
  openAgainst,
  ROLES,
  record,
  scopePath,
  well,
} from "./cortex-cloud.fixture.ts";

const GONE = "Api Key fetch failed: api_key_id does not exist, id=87.";

function anUpdate(over: object = {}) {
  const { expiresAt: _, secret: __, ...rest } = aRequest();
  return { ...rest, id: "87", ...over };
}

test("an update writes roles by id, the level and the comment with its marker, then the scope", async () => {
  const { store, seen } = await openAgainst(well({ [scopePath("GET")]: { data: {} } }));
  const roles = [{ type: "default", role: "Viewer" }] as const;
  await store.update(anUpdate({ roles }));
  expect(seen.map(({ what }) => what)).toEqual([ROLES, keyPath("PUT")]);
  expect(seen[1]?.data).toEqual({ roles: ["r-viewer"], security_level: "standard", comment: COMMENT });
  await store.update(anUpdate({ scope: { assets: { mode: "see_all" } } }));
  expect(seen.slice(2).map(({ what }) => what)).toEqual([keyPath("PUT"), scopePath("GET"), scopePath("PUT")]);
});

test.each<[string, object]>([
  ["a text", iamFault("Bad request", GONE)],
  ["a list", iamFault("Bad request", [{ type: "value_error", loc: ["id"], msg: GONE }])],
  ["an object", fault(400, "Bad request", { reason: GONE })],
])("updating a key that is gone is a conflict, told by 400 with %s", async (_, body) => {
  const { store } = await openAgainst(well({ [keyPath("PUT")]: () => [400, body] }));
  expect(await codeOf(store.update(anUpdate()))).toBe("STORE_CONFLICT");
});

test("an id that is no number is no key: nothing is sent for it", async () => {
  const { store, seen } = await openAgainst(well());
  for (const id of ["ak12", "", "0", "-1", "1e3", "../1", "9007199254740992"]) {
    await store.revoke({ kind: "ApiKey", id });
    expect(await codeOf(store.update(anUpdate({ id })))).toBe("STORE_CONFLICT");
  }
  expect(seen).toEqual([]);
});

test("revoking names exactly one id, and what is gone is success", async () => {
  const answers: Answer[] = [
    [200, { reply: { update_count: 1 } }],
    [200, { reply: { update_count: 0 } }],
    [400, fault(400, "Bad request", GONE)],
  ];
  const { store, seen } = await openAgainst(well({ [DELETE]: () => answers.shift() }));
  for (let times = 0; times < 3; times += 1) await store.revoke({ kind: "ApiKey", id: "87" });
  const filters = [{ field: "id", operator: "in", value: [87] }];
  expect(seen.map(({ data }) => data)).toEqual([{ filters }, { filters }, { filters }]);
});

test.each<[string, unknown]>([
  ["says that more than one key went", { reply: { update_count: 2 } }],
  ["is a login page", "<html>"],
  ["says nothing", {}],
])("an answer to a revocation that %s is no success", async (_, body) => {
  const { store } = await openAgainst(well({ [DELETE]: body }));
  expect(await codeOf(store.revoke({ kind: "ApiKey", id: "87" }))).toBe("STORE_CONTRACT");
});

test("the key that we run with is neither changed nor revoked", async () => {
  const { store, seen } = await openAgainst(well());
  expect(store.ownKeyId).toBe("1");
  expect(await codeOf(store.revoke({ kind: "ApiKey", id: "1" }))).toBe("STORE_CONFLICT");
  expect(await codeOf(store.update(anUpdate({ id: "1" })))).toBe("STORE_CONFLICT");
  expect(seen).toEqual([]);
});

test("a key of an Instance Administrator: the tenant's refusal says who can end it", async () => {
  const refused = { data: fault(403, "Insufficient permissions for api key") };
  const { store } = await openAgainst(well({ [DELETE]: () => [403, refused] }));
  const error = await errorOf(store.revoke({ kind: "ApiKey", id: "87" }));
  expect(error.code).toBe("STORE_FORBIDDEN");
  expect(error.message).toContain("Insufficient permissions for api key");
  expect(error.hint).toContain("Instance Administrator");
});

test("a key that may do more than ours: the refusal to change it says what to do", async () => {
  const refused = { data: fault(403, "Insufficient permissions for api key") };
  const { store } = await openAgainst(well({ [keyPath("PUT")]: () => [403, refused] }));
  const { code, hint } = await errorOf(store.update(anUpdate()));
  expect(code).toBe("STORE_FORBIDDEN");
  expect(hint).toContain("Give the credential's key these rights");
  expect(hint).toContain("take its manifest out");
});

test("other kinds are refused before anything is sent", async () => {
  const { store, seen } = await openAgainst(well());
  expect(await codeOf(store.revoke({ kind: "Role", name: "x" }))).toBe("STORE_REJECTED");
  expect(await codeOf(store.list("Role")[Symbol.asyncIterator]().next())).toBe("STORE_REJECTED");
  expect(seen).toEqual([]);
});

const SECRET = Secret.of("87:new-key-of-87");
const asNew =
  (answer: Answer, odd: object = {}): Handler =>
  (asked) =>
    asked.headers["x-xdr-auth-id"] === "87" ? answer : well({ ...odd })(asked);

test("a new key is verified with itself, in the way of its level, and says which key it is", async () => {
  for (const level of ["standard", "advanced"]) {
    const { store, seen } = await openAgainst(
      asNew([200, { reply: { DATA: [], FILTER_COUNT: 0 } }], {
        [keyPath("GET")]: { data: record({ security_level: level }) },
      }),
    );
    expect(await store.verify(SECRET)).toEqual({ valid: true, id: "87" });
    expect(seen.map(({ what }) => what)).toEqual([keyPath("GET"), LIST]);
    const { authorization } = seen[1]?.headers ?? {};
    expect(authorization).toMatch(level === "standard" ? /^new-key-of-87$/ : /^[0-9a-f]{64}$/);
  }
});

test("the level is not asked for where a create or a listing has told it", async () => {
  const { store, seen } = await openAgainst(asNew([200, { reply: { DATA: [], FILTER_COUNT: 0 } }]));
  await listed(store);
  await store.verify(SECRET);
  expect(seen.map(({ what }) => what)).toEqual([LIST, LIST]);
});

test("401 is no key, a key without the right to look is one", async () => {
  const unauthorized = fault(401, "Public API request unauthorized");
  const { store } = await openAgainst(asNew([401, unauthorized]));
  expect(await store.verify(SECRET)).toEqual({ valid: false, reason: "not accepted" });
  const mayNothing = await openAgainst(asNew([403, fault(403, "Insufficient permissions for api key")]));
  expect(await mayNothing.store.verify(SECRET)).toEqual({ valid: true, id: "87" });
});

test.each<[string, Answer, string]>([
  ["a gateway's 401", [401, "<html>Who goes there?</html>"], "STORE_CONTRACT"],
  ["a 401 without a word", [401, ""], "STORE_CONTRACT"],
  ["a proxy's 403", [403, "<html>Forbidden</html>"], "STORE_FORBIDDEN"],
  ["a 403 for the address", [403, fault(403, "IP address not on the allowlist")], "STORE_FORBIDDEN"],
  ["a licence", [402, fault(402, "No license")], "STORE_FORBIDDEN"],
  ["a login page", [200, "<html>"], "STORE_CONTRACT"],
])("%s says nothing of the key", async (_, answer, code) => {
  const { store } = await openAgainst(asNew(answer));
  expect(await codeOf(store.verify(SECRET))).toBe(code);
});

test("an id that goes on as a path, and a value that is none, are no keys", async () => {
  const { store, seen } = await openAgainst(well());
  for (const value of ["new-key", "87", ":x", "0:x", "8/7:x", "87:x\ny", "99999999999999999999:x"]) {
    expect(await store.verify(Secret.of(value))).toMatchObject({ valid: false });
  }
  expect(seen).toEqual([]);
});

test("a key whose id the tenant does not know is not valid", async () => {
  const { store } = await openAgainst(well({ [keyPath("GET")]: () => [400, iamFault("Bad request", GONE)] }));
  expect(await store.verify(SECRET)).toEqual({ valid: false, reason: "there is no key of its id" });
});
