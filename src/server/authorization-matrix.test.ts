/**
 * Who may call what: every route that the router has, with every kind of caller. What each should get follows from
 * the permission that the route declares, so a new route is covered without a word here.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Secret } from "../core/secret.ts";
import { DEFAULT_ROLE_PERMISSIONS, PERMISSIONS } from "./domain/permissions.ts";
import type { DeclaredRoute } from "./guard-routes.ts";
import { addServerParts } from "./operations/add-server-parts.ts";
import { makePerson, makeToken } from "./routes/user.fixture.ts";
import { type Answer, type TestServer, newSecret, openTestServer } from "./server.fixture.ts";

interface Actor {
  readonly name: string;
  /** Undefined: it shows nothing. */
  readonly secret?: Secret | string;
  /** The key's number, for the façade that asks for it; personal tokens have none. */
  readonly number?: number;
  /** Undefined: its credential is not good. */
  readonly permissions?: ReadonlySet<string>;
}

let server: TestServer;
let routes: readonly DeclaredRoute[];
let actors: readonly Actor[];
/** Things that are there, by the name of their parameter and the path that leads to it. */
let present: Readonly<Record<string, string>>;

beforeAll(async () => {
  const unlimited = {
    cortex: { requestsPerMinute: 1e9 },
    cortexCloudLimit: { requests: 1e9, windowMs: 1000 },
  };
  server = await openTestServer(undefined, { extend: addServerParts, ...unlimited });
  routes = server.app.declaredRoutes;
  actors = [...(await makeStrangers()), ...(await makeMembers())];
  present = await makeThings();
});
afterAll(() => server.close());

const numberOf = async (id: string): Promise<number> => {
  const { database } = server.context;
  return (await database.selectFrom("keys").select("number").where("id", "=", id).executeTakeFirstOrThrow())
    .number;
};

async function makeStrangers(): Promise<readonly Actor[]> {
  const revoked = await server.makeKey();
  await server.call(`DELETE /v1/keys/${revoked.id}`);
  const expired = await server.makeKey({ expiresAt: "2026-11-21T08:00:00.001Z" });
  server.clock.advance(1);
  const leaver = await makePerson(server);
  await server.call(`PATCH /v1/users/${leaver.userId}`, { body: { status: "disabled" } });
  return [
    { name: "nobody" },
    { name: "garbage", secret: "garbage", number: 1 },
    { name: "an unknown key", secret: newSecret(), number: 999 },
    { name: "a revoked key", secret: revoked.secret, number: await numberOf(revoked.id) },
    { name: "an expired key", secret: expired.secret, number: await numberOf(expired.id) },
    { name: "a disabled user's token", secret: leaver.token },
  ];
}

async function makeMembers(): Promise<readonly Actor[]> {
  const members: Actor[] = [];
  for (const [role, permissions] of Object.entries(DEFAULT_ROLE_PERMISSIONS)) {
    const { id, secret } = await server.makeKey({ roles: [{ type: "default", role }] });
    members.push({ name: role, secret, number: await numberOf(id), permissions: new Set(permissions) });
  }
  // One role for each permission, and one without any: whoever holds only the wrong ones gets nowhere.
  for (const permission of [undefined, ...PERMISSIONS]) {
    const tag = permission?.replaceAll(" ", "-") ?? "nothing";
    const permissions = permission === undefined ? [] : [permission];
    await server.call(`PUT /v1/roles/${tag}`, { body: { displayName: tag, permissions } });
    const { id, secret } = await server.makeKey({ roles: [{ type: "custom", tag }] });
    members.push({
      name: tag,
      secret,
      number: await numberOf(id),
      permissions: new Set<string>(permissions),
    });
  }
  const user = await makePerson(server);
  const permissions = new Set(DEFAULT_ROLE_PERMISSIONS.READ_ONLY);
  return [...members, { name: "a READ_ONLY user's token", secret: user.token, permissions }];
}

async function makeThings(): Promise<Readonly<Record<string, string>>> {
  const key = await server.makeKey();
  // Without rights, so that nobody stands below them.
  const { userId, tokenId } = await makePerson(server, { roles: [{ type: "custom", tag: "nothing" }] });
  await server.call("POST /v1/secrets", { body: { tag: "there", name: "There", value: "x" } });
  const row = await server.context.database
    .selectFrom("keys")
    .select(["number", "cid"])
    .where("id", "=", key.id)
    .executeTakeFirstOrThrow();
  return {
    "/v1/keys/:id": key.id,
    "/v1/roles/:tag": "nothing",
    "/v1/secrets/:tagOrId": "there",
    "/v1/users/:id": userId,
    "/v1/users/:id/tokens/:token": tokenId,
    "/api/v1/auth/key/:cid": row.cid,
    "/api/v1/secrets/:tagOrId": "there",
    "/platform/iam/v1/api-key/:id": String(row.number),
    "/platform/iam/v1/scope/api-key/:id": String(row.number),
    "/platform/iam/v1/role/:id": "nothing",
  };
}

const isCloud = ({ url }: Pick<DeclaredRoute, "url">): boolean => /^\/(public_api|platform)\//.test(url);

let calls = 0;

/** From another address each time: this test is no guesser. */
function ask(actor: Actor, route: DeclaredRoute, url: string): Promise<Answer> {
  calls += 1;
  const text = typeof actor.secret === "object" ? actor.secret.reveal() : actor.secret;
  const bearer = isCloud(route) ? text : `Bearer ${text}`;
  const body = ["GET", "HEAD", "DELETE"].includes(route.method) ? {} : { body: {} };
  return server.call(`${route.method} ${url}`, {
    token: null,
    headers: {
      ...(text !== undefined && { authorization: bearer ?? "" }),
      ...(isCloud(route) && actor.number !== undefined && { "x-xdr-auth-id": String(actor.number) }),
    },
    remoteAddress: `10.${calls >> 16}.${(calls >> 8) & 255}.${calls & 255}`,
    ...body,
  });
}

/** With ids of nothing. */
const missing = ({ url }: DeclaredRoute): string => url.replaceAll(/:\w+/g, "0").replace(/\*$/, "index.css");

/** With ids of what is there; undefined when the route has none, or belongs to its caller. */
function existing({ url }: DeclaredRoute): string | undefined {
  let at = "";
  const parts = url.split("/").map((part) => {
    at = at === "" && part === "" ? "" : `${at}/${part}`;
    return part.startsWith(":") ? present[at] : part;
  });
  return url.includes(":") && !parts.includes(undefined) ? parts.join("/") : undefined;
}

/** What the gate says, told from what a route itself may refuse. */
const gateRefusal = ({ status, text }: Answer): string | undefined =>
  status === 403 ? /needs the permission \\?"([^"\\]+)/.exec(text)?.[1] : undefined;

const mayPass = ({ permissions }: Actor, { permission }: DeclaredRoute): boolean =>
  permission === "nobody asked" ||
  (permissions !== undefined && (permission === "any key" || permissions.has(permission)));

/** What the actor gets, in a word. */
function outcomeOf(answer: Answer): string {
  if (answer.status === 401) return "who are you?";
  const lacking = gateRefusal(answer);
  return lacking === undefined ? "passed" : `lacks ${lacking}`;
}

function expectedFor(actor: Actor, route: DeclaredRoute): string {
  if (mayPass(actor, route)) return "passed";
  return actor.permissions === undefined ? "who are you?" : `lacks ${route.permission}`;
}

test("A2: the router has routes of all three APIs, and each declares a permission that there is", () => {
  const known = new Set<string>([...PERMISSIONS, "any key", "nobody asked"]);
  expect(routes.filter(({ permission }) => !known.has(permission))).toEqual([]);
  const open = routes.filter(({ permission }) => permission === "nobody asked").map(({ url }) => url);
  expect(open.filter((url) => !url.startsWith("/docs")).toSorted()).toEqual([
    "/healthz",
    "/openapi.json",
    "/readyz",
  ]);
  for (const prefix of ["/v1/", "/api/v1/", "/public_api/v1/", "/platform/iam/v1/"]) {
    expect(routes.filter(({ url }) => url.startsWith(prefix)).length).toBeGreaterThan(4);
  }
});

/** A personal token has no number: to the façade that asks for one it is nobody, whatever it may elsewhere. */
const canShow = (actor: Actor, route: DeclaredRoute): boolean =>
  !isCloud(route) || actor.number !== undefined || actor.permissions === undefined;

const actorsFor = (route: DeclaredRoute): readonly Actor[] => actors.filter((actor) => canShow(actor, route));

test("A1: every route lets exactly those pass who have its permission, also where there is nothing", async () => {
  const wrong: unknown[] = [];
  const check = async (route: DeclaredRoute, actor: Actor): Promise<void> => {
    const answer = await ask(actor, route, missing(route));
    const [expected, got] = [expectedFor(actor, route), outcomeOf(answer)];
    const line = [route.method, route.url, actor.name, expected, got, answer.status];
    if (expected !== got || answer.status >= 500) wrong.push(line);
  };
  for (const route of routes) await Promise.all(actorsFor(route).map((actor) => check(route, actor)));
  expect(wrong).toEqual([]);
});

test("A1: who may not, may not touch what is there either; who may read, reads it", async () => {
  const wrong: unknown[] = [];
  let asked = 0;
  const check = async (route: DeclaredRoute, actor: Actor, url: string): Promise<void> => {
    const may = mayPass(actor, route);
    if (may && route.method !== "GET") return;
    asked += 1;
    const answer = await ask(actor, route, url);
    const expected = may ? 200 : expectedFor(actor, route);
    const got = may ? answer.status : outcomeOf(answer);
    // A route that wants parameters says so before it looks.
    const isRight = expected === got || (may && got === 400);
    if (!isRight) wrong.push([route.method, url, actor.name, expected, got]);
  };
  for (const route of routes) {
    const url = existing(route);
    if (url !== undefined) await Promise.all(actorsFor(route).map((actor) => check(route, actor, url)));
  }
  expect(asked).toBeGreaterThan(200);
  expect(wrong).toEqual([]);
});

test("every route to a single thing is tried with one that is there, or is its caller's own", () => {
  const single = routes.filter(({ url }) => url.includes(":"));
  const untried = single.filter(
    (route) => existing(route) === undefined && !route.url.startsWith("/v1/tokens/"),
  );
  expect(
    untried.map(({ url }) => url),
    "give `makeThings` one of these",
  ).toEqual([]);
});

test("A1: what belongs to somebody else is as good as missing, word for word; what is one's own is there", async () => {
  const [mine, theirs] = [await makePerson(server), await makePerson(server)];
  const second = await makeToken(server, mine.userId);
  const me: Actor = { name: "me", secret: mine.token, permissions: new Set() };
  const own = routes.filter(({ url }) => url.startsWith("/v1/tokens/:"));
  expect(own.map(({ method }) => method).toSorted()).toEqual(["DELETE", "GET", "PATCH"]);
  for (const route of own) {
    const body = route.method === "PATCH" ? { body: { name: "Renamed" } } : {};
    const of = (id: string) =>
      server.call(`${route.method} ${route.url.replace(":id", id)}`, { token: mine.token, ...body });
    const [other, none, mineOwn] = [
      await of(theirs.tokenId),
      await of("pat_000000000000000000000000"),
      await of(second.id),
    ];
    expect([route.method, other.status, other.text]).toEqual([route.method, 404, none.text]);
    expect([route.method, none.status]).toEqual([route.method, 404]);
    expect([route.method, mineOwn.status < 300]).toEqual([route.method, true]);
  }
  const list = { method: "GET", url: "/v1/tokens", permission: "any key", schema: undefined } as const;
  expect((await ask(me, list, "/v1/tokens")).text).not.toContain(theirs.tokenId);
  // Nor does the path of one user lead to another's token.
  const crossed = await server.call(`DELETE /v1/users/${mine.userId}/tokens/${theirs.tokenId}`);
  const none = await server.call(`DELETE /v1/users/${mine.userId}/tokens/pat_000000000000000000000000`);
  expect([crossed.status, crossed.text]).toEqual([404, none.text]);
});
