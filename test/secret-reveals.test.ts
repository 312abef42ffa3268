/** S1: the places where a secret becomes text again, each with its reason. A new one has to be argued for here. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

const CALL_SITES: Readonly<Record<string, readonly [number, string]>> = {
  "core/key-format.ts": [2, "last four characters, digest"],
  "core/redact.ts": [1, "what must not stand in an error"],
  "core/secret-tail.ts": [1, "the id before the colon of a value that holds one"],
  "postgres/open-pool.ts": [1, "the password, to the driver"],
  "postgres/postgres-address.ts": [1, "the database URL, to be taken apart"],
  "server/admin-token.ts": [1, "into its 0600 file, at the first start"],
  "server/facades/cortex-cloud/key-routes.ts": [1, "the one answer that shows a new key"],
  "server/facades/cortex-cloud/prove-numbered-key.ts": [1, "what a signed request is checked against"],
  "server/facades/cortex/key-routes.ts": [1, "the one answer that shows a new key"],
  "server/key-material/envelope.ts": [1, "sealed for the database"],
  "server/notices/email-channel.ts": [1, "the login to the mail server"],
  "server/notices/webhook-channel.ts": [1, "the key of a webhook's signature"],
  "server/routes/send-key.ts": [1, "the one answer that shows a new key"],
  "server/routes/send-new-token.ts": [1, "the one answer that shows a new personal token"],
  "simulation/witness.ts": [1, "what the outputs of a trial are searched for"],
  "sinks/file.ts": [1, "into the sink"],
  "sinks/memory.ts": [1, "length limit of the test sink"],
  "stores/cortex/cortex-dialect.ts": [1, "the Authorization header"],
  "stores/keywright-client.ts": [1, "the Authorization header"],
  "stores/keywright.ts": [1, "the body of a verification"],
};

test("S1: secrets are revealed where the table says, and nowhere else", () => {
  const found = readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/\.(test|fixture)\.ts$/.test(path))
    .map((path) => [path, readFileSync(join(SRC, path), "utf8").split(".reveal()").length - 1] as const)
    .filter(([, count]) => count > 0);
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(CALL_SITES).map(([path, [count]]) => [path, count])),
  );
});
