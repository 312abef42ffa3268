import { expect, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import {
  type Answer,
  aRequest,
  DELETE,
  errorOf,
  fault,
  iamFault,
  LIST,
  listed,
  NOW,
  openAgainst,
  record,
  well,
} from "./cortex-cloud.fixture.ts";

const after = (ms: number): string => new Date(Date.parse(NOW) + ms).toUTCString();
const UNAUTHORIZED = fault(401, "Public API request unauthorized");
const ADVANCED = {
  keyId: "12",
  key: Secret.of("credential-of-the-test"),
  securityLevel: "advanced",
} as const;

test("401 names all five causes, with the level and the id that we have", async () => {
  const { store } = await openAgainst(() => [401, UNAUTHORIZED, { date: after(-20_000) }], {
    credential: ADVANCED,
  });
  const { code, message, hint } = await errorOf(listed(store));
  expect([code, message]).toEqual(["STORE_UNAUTHORIZED", "Cortex Cloud does not accept the credential."]);
  for (const cause of [
    "store.securityLevel is not the level of the key (it says advanced)",
    "store.keyId is not its id (it says 12)",
    "store.credential is mistyped",
    "this machine's clock is wrong",
    "the key has expired or was deleted",
  ]) {
    expect(hint).toContain(cause);
  }
});

test.each([
  [-3_600_000, "1h ahead of"],
  [90 * 60_000, "90m behind"],
])("a clock that is off by %i ms is told", async (offMs, said) => {
  const { store } = await openAgainst(() => [401, UNAUTHORIZED, { date: after(offMs) }], {
    credential: ADVANCED,
  });
  expect((await errorOf(listed(store))).message).toContain(`it is ${said} the tenant's`);
});

test("a new Advanced key is not given up because our clock is wrong", async () => {
  const { store } = await openAgainst((asked) =>
    asked.headers["x-xdr-auth-id"] === "87"
      ? [401, UNAUTHORIZED, { date: after(-3_600_000) }]
      : well({ [LIST]: { reply: { DATA: [record({ security_level: "advanced" })], FILTER_COUNT: 1 } } })(
          asked,
        ),
  );
  await listed(store);
  const error = await errorOf(store.verify(Secret.of("87:new-key")));
  expect(error.code).toBe("STORE_UNAUTHORIZED");
  expect(error.message).toContain("1h ahead");
});

test("every attempt is signed afresh, retries and waits included", async () => {
  const answers: Answer[] = [
    undefined,
    [503, fault(503, "later")],
    [429, fault(429, "x"), { "retry-after": "0" }],
  ];
  const { store, seen } = await openAgainst(
    (asked) => (answers.length > 0 ? answers.shift() : well()(asked)),
    { credential: ADVANCED },
  );
  await listed(store);
  const nonces = seen.map(({ headers }) => headers["x-xdr-nonce"]);
  expect(nonces.length).toBe(4);
  expect(new Set(nonces).size).toBe(4);
  expect(new Set(seen.map(({ headers }) => headers.authorization)).size).toBe(4);
});

test.each<[number, object | string, string]>([
  [400, fault(400, "Bad", null), "(400): Bad"],
  [400, fault("400", "Bad", "why"), "(400): Bad; why"],
  [
    400,
    fault(400, "Bad", ["one", { loc: ["body", "roles"], msg: "two" }, 3]),
    "(400): Bad; one; body.roles two; 3",
  ],
  [400, fault(400, "Bad", { a: "x", b: { c: "deep" }, d: "y" }), "(400): Bad; x y"],
  [400, iamFault("Bad", "iam"), "(400): Bad; iam"],
  [403, { data: fault(403, "No", null) }, "(403): No"],
  [422, "plain words", "(422): plain words"],
  [404, "", "(404): it gave no reason."],
  [400, { data: [] }, '(400): {"data":[]}'],
  [400, fault(400, "a\u001b[31mb\u202ec\nd", null), "(400): a [31mb c d"],
])("what a refusal with %i says is told in one line: %j", async (status, body, said) => {
  const { store } = await openAgainst(() => [status, body]);
  const error = await errorOf(store.create(aRequest()));
  expect(error.message).toContain(said);
});

test("a refusal that goes on and on is cut, however deep it is", async () => {
  const { store } = await openAgainst(() => [400, fault(400, "x".repeat(100_000))]);
  expect((await errorOf(listed(store))).message.length).toBeLessThan(33_000);
  const deep = `{"reply":{"err_code":400,"err_extra":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`;
  const nested = await openAgainst(() => [400, deep]);
  expect(await errorOf(listed(nested.store))).toMatchObject({ code: "STORE_REJECTED" });
});

async function hintOf(status: number, message: string): Promise<string | undefined> {
  const { store } = await openAgainst(() => [status, fault(status, message)]);
  const error = await errorOf(listed(store));
  expect(error.code).toBe("STORE_FORBIDDEN");
  return error.hint;
}

test("a licence, an address and rights are told apart", async () => {
  expect(await hintOf(402, "No license")).toContain("licence");
  expect(await hintOf(403, "IP address not on the allowlist")).toContain("allowlist");
  expect(await hintOf(403, "Insufficient permissions")).toContain("Public API (View/Edit)");
  const ofAllowlist = "Missing permission: Configure IP allowlist";
  expect(await hintOf(403, ofAllowlist)).toContain("Public API (View/Edit)");
});

test("a wait of an hour ends the run with a clear message at once", async () => {
  const { store, seen } = await openAgainst(() => [429, fault(429, "x"), { "retry-after": "3600" }]);
  const error = await errorOf(listed(store));
  expect(error.code).toBe("STORE_BUSY");
  expect(error.message).toContain("1h");
  expect(seen).toHaveLength(1);
});

test.each<[number, string]>([
  [502, "<html>Bad Gateway</html>"],
  [503, ""],
  [504, "upstream timed out"],
])("a reading is tried again after a load balancer's %i without JSON", async (status, body) => {
  const answers: Answer[] = [[status, body]];
  const { store } = await openAgainst((asked) => (answers.length > 0 ? answers.shift() : well()(asked)));
  expect(await listed(store)).toHaveLength(1);
});

test("a 500 without JSON is not asked for again, and only that casts doubt on the address", async () => {
  const of500 = await openAgainst(() => [500, "Internal Server Error (waitress)"]);
  expect(await errorOf(listed(of500.store))).toMatchObject({ code: "STORE_UNREACHABLE" });
  expect(of500.seen).toHaveLength(1);
  for (const [status, isDoubted] of [
    [500, true],
    [502, false],
  ] as const) {
    const { store } = await openAgainst((asked) =>
      asked.what === DELETE ? [status, "down"] : well()(asked),
    );
    const { hint } = await errorOf(store.revoke({ kind: "ApiKey", id: "87" }));
    expect(hint?.includes("check store.url")).toBe(isDoubted);
  }
});
