/** The sink for HashiCorp Vault and OpenBao, against a server that enforces what they do. */

import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";
import { Secret } from "../../src/core/secret.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createVaultSink } from "../../src/sinks/vault.ts";
import { VaultEngine } from "../peers/vault-engine.fixture.ts";
import { sinkPolicy, startVault, type VaultServer } from "../peers/vault-server.fixture.ts";
import { sinkContract } from "./sink-contract.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00Z") };

let vault: VaultServer;
let opened = 0;

beforeAll(async () => {
  vault = await startVault();
});
afterAll(() => vault.close());
afterEach(() => vault.refuseFaults());

/** Two ways to lay slots out: a secret each, or fields of one secret. */
const LAYOUTS = [
  ["a secret for each key", "", (name: string) => ({ path: `ci/${name}`, field: "token" })],
  ["keys that share a secret", "team/a", (name: string) => ({ path: "ci/shared", field: name })],
] as const;

for (const [layout, namespace, slot] of LAYOUTS) {
  describe(`laid out as ${layout}`, () => {
    sinkContract(`vault sink, ${layout}`, "readable", async () => {
      opened += 1;
      const mount = `kv-${opened}`;
      const { access, mounts } = vault.namespace(namespace);
      mounts.set(mount, { version: 2, engine: new VaultEngine(clock.now) });
      access.policies.set(mount, sinkPolicy(mount, "ci/*"));
      const token = access.issue(["default", mount]);
      const transport = openHttpTransport(vault.url);
      return {
        sink: createVaultSink({
          transport,
          mount,
          clock,
          ...(namespace !== "" && { namespace }),
          login: { method: "token", readToken: async () => Secret.of(token.id) },
        }),
        slot: (name) => ({ sink: "vault", ...slot(name) }),
        close: () => transport.close(),
      };
    });
  });
}

const page = readFileSync(new URL("../../docs/sinks/vault.md", import.meta.url), "utf8");

test("the policy in the documentation is the one that the sink gets along with here", () => {
  const rules = [...page.matchAll(/path "([^"]+)" \{\s+capabilities = (\[[^\]]+\])/g)];
  const policy = Object.fromEntries(rules.map(([, path = "", held = ""]) => [path, JSON.parse(held)]));
  expect(policy).toEqual(sinkPolicy("kv", "ci/*"));
});

test("the configuration in the documentation is valid", () => {
  const [, sinks = ""] = /```yaml\n(sinks:\n[\s\S]*?)```/.exec(page) ?? [];
  const head =
    'apiVersion: keywright/v1\nkind: Config\ninstance: acme\nmanifests: ["*"]\nstore: { driver: embedded }\n';
  const { config, issues } = parseConfig(head + sinks, { file: "keywright.yaml", directory: "/repo" });
  expect(issues).toEqual([]);
  expect(config?.sinks.get("vault")).toMatchObject({ mount: "kv", auth: { method: "githubActions" } });
});
