/** The request bodies that `docs/facades.md` shows make keys. */

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";

const page = readFileSync(new URL("../../../docs/facades.md", import.meta.url), "utf8");

let server: TestServer;
beforeEach(async () => (server = await openTestServer()));
afterEach(() => server.close());

const bodyUnder = (heading: string): object => {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return JSON.parse(/^```json\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? "null") as object;
};

test("the body shown for Cortex makes a key", async () => {
  const body = bodyUnder("Cortex");
  const made = await server.call("POST /api/v1/auth/key", { body });
  expect(made).toMatchObject({ status: 200, body: { name: "Scanner", description: "Nightly scan" } });
});

test("the body shown for Cortex Cloud makes a key", async () => {
  const headers = { "x-xdr-auth-id": "1", authorization: server.admin.reveal() };
  const body = bodyUnder("Cortex Cloud");
  const made = await server.call("POST /public_api/v1/api_keys/generate", { token: null, headers, body });
  expect(made).toMatchObject({ status: 200, body: { reply: { id: 2 } } });
});
