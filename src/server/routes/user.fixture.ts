/** Short ways to users and their personal tokens. */

import type { Secret } from "../../core/secret.ts";
import { Secret as SecretOf } from "../../core/secret.ts";
import type { Call, TestServer } from "../server.fixture.ts";

export const ADMIN = [{ type: "default", role: "ADMIN" }] as const;
export const READ_ONLY = [{ type: "default", role: "READ_ONLY" }] as const;

let count = 0;

export const aUser = (overrides: Readonly<Record<string, unknown>> = {}) => {
  count += 1;
  return { email: `user${count}@example.com`, name: "Ada", roles: READ_ONLY, ...overrides };
};

/** The id of a new user. */
export async function makeUser(server: TestServer, overrides: object = {}, call: Call = {}): Promise<string> {
  const created = await server.call("POST /v1/users", { ...call, body: aUser({ ...overrides }) });
  if (created.status !== 201) throw new Error(created.text);
  return String(created.body["id"]);
}

/** A new token of a user's, made by the first administrator unless said otherwise. */
export async function makeToken(
  server: TestServer,
  userId: string,
  overrides: object = {},
  call: Call = {},
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const body = { name: "Laptop", ...overrides };
  const created = await server.call(`POST /v1/users/${userId}/tokens`, { ...call, body });
  if (created.status !== 201) throw new Error(created.text);
  return { id: String(created.body["id"]), secret: SecretOf.of(String(created.body["secret"])) };
}

/** A new user with a token. */
export async function makePerson(
  server: TestServer,
  overrides: object = {},
): Promise<{ readonly userId: string; readonly tokenId: string; readonly token: Secret }> {
  const userId = await makeUser(server, overrides);
  const { id, secret } = await makeToken(server, userId);
  return { userId, tokenId: id, token: secret };
}
