/** S1: the places where a secret becomes text again, each with its reason. A new one has to be argued for here. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

const CALL_SITES: Readonly<Record<string, readonly [number, string]>> = {
  "action/git-login.ts": [1, "the header by which git reaches the ledger's branch"],
  "action/runner.ts": [1, "the lines of a mask, for the runner"],
  "core/key-format.ts": [2, "last four characters, digest"],
  "core/secret-pieces.ts": [1, "what must not stand in an error"],
  "core/secret-tail.ts": [2, "the id before the colon of a value that holds one, and such a value of a key"],
  "http/cortex-dialect.ts": [1, "the Authorization header"],
  "http/github/app-token.ts": [1, "the key that signs an App's requests for tokens"],
  "http/github/github-dialect.ts": [1, "the Authorization header"],
  "http/open-dispatcher.ts": [1, "the Proxy-Authorization header"],
  "http/proxy.ts": [1, "the proxy's address, to be taken apart"],
  "messages/mail-transport.ts": [1, "the login to the mail server"],
  "messages/webhook-signature.ts": [1, "the key of a webhook's signature"],
  "notify/email.ts": [1, "the mail server's address, to be taken apart"],
  "notify/slack.ts": [1, "the webhook's address, which a request goes to"],
  "notify/webhook.ts": [2, "the receiver's address, and whether the secret of the signature is one"],
  "postgres/open-pool.ts": [1, "the password, to the driver"],
  "postgres/postgres-address.ts": [1, "the database URL, to be taken apart"],
  "reconcile/value-fingerprint.ts": [2, "a slow hash, and which one was asked for before"],
  "server/admin-token.ts": [1, "into its 0600 file, at the first start"],
  "server/facades/cortex-cloud/key-routes.ts": [1, "the one answer that shows a new key"],
  "server/facades/cortex-cloud/prove-numbered-key.ts": [1, "what a signed request is checked against"],
  "server/facades/cortex/key-routes.ts": [1, "the one answer that shows a new key"],
  "server/key-material/envelope.ts": [1, "sealed for the database"],
  "server/routes/send-key.ts": [1, "the one answer that shows a new key"],
  "server/routes/send-new-token.ts": [1, "the one answer that shows a new personal token"],
  "simulation/witness.ts": [1, "what the outputs of a trial are searched for"],
  "sinks/cortex-secret.ts": [1, "into the sink"],
  "sinks/file.ts": [1, "into the sink"],
  "sinks/github-actions.ts": [1, "the length of what goes into the sink"],
  "sinks/github-actions/seal-for-github.ts": [1, "into a sealed box, for the sink"],
  "sinks/memory.ts": [1, "length limit of the test sink"],
  "sinks/vault.ts": [1, "into the sink"],
  "sinks/vault/github-id-token.ts": [1, "the Authorization header to GitHub's issuer"],
  "sinks/vault/vault-dialect.ts": [1, "the X-Vault-Token header"],
  "sinks/vault/vault-login.ts": [2, "the secret id of an AppRole or a JWT, into the login"],
  "stores/memory-keys.ts": [1, "put behind the id of its key in the test store"],
  "stores/cortex/cortex-secrets.ts": [2, "the body of a request that writes a secret"],
  "stores/cortex-cloud/cloud-secret.ts": [1, "taken apart into id and key"],
  "stores/cortex-cloud/sign-request.ts": [1, "the Authorization header, as it is or signed"],
  "stores/keywright-dialect.ts": [1, "the Authorization header"],
  "stores/keywright-secrets.ts": [1, "the body of a request that writes a secret"],
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
