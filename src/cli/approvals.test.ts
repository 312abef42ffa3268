/** A risky change at the command line: refused by the rules before anybody is asked, and done once it is named. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aHost } from "./a-host.fixture.ts";
import type { Host } from "./host.ts";
import { runCli } from "./run-cli.ts";

const CONFIG = `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/*.yaml"]
store: { driver: embedded, directory: store }
sinks: { local: { driver: file, directory: secrets } }
ledger: { driver: file, directory: ledger }
approvals:
  - { risks: [privilege-widened], team: acme/security }
  - { risks: [production-revocation], label: announced }
`;

const manifest = (role: string): string => `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: scanner }
spec:
  roles: [${role}]
  expires: { after: 90d }
  deliverTo: [{ sink: local, path: scanner }]
`;

test("apply and revoke refuse what a rule names before anybody is asked, until the key is named", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "keywright-cli-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const run = async (args: readonly string[], over: Partial<Host> = {}) => {
    const host = aHost({ cwd, ...over });
    return { code: await runCli(args, host), ...host.printed };
  };
  const declare = (role: string): Promise<void> => writeFile(join(cwd, "keys/scanner.yaml"), manifest(role));
  await mkdir(join(cwd, "keys"));
  await writeFile(join(cwd, "keywright.yaml"), CONFIG);
  await declare("READ_ONLY");
  expect(await run(["apply", "--yes"])).toMatchObject({ code: 0 });
  const before = await readFile(join(cwd, "secrets/scanner"), "utf8");

  await declare("MANAGER");
  const planned = await run(["plan", "--out", "plan.json"]);
  expect(planned.code).toBe(0);
  expect(planned.out).toContain(
    "  high privilege-widened: scanner: READ_ONLY → MANAGER\n  needs an approving review by acme/security",
  );
  const asked: string[] = [];
  const confirm = (question: string): Promise<boolean> => Promise.resolve(asked.push(question) > 0);
  const applied = await run(["apply"], { isInteractive: true, confirm });
  expect(applied).toMatchObject({ code: 3, err: expect.stringContaining("--allow scanner") });
  const revocation = await run(["revoke", "scanner", "--yes", "--reason", "contract ended"]);
  expect(revocation).toMatchObject({ code: 3, err: expect.stringContaining("needs the label announced") });
  expect(asked).toEqual([]);
  expect(await readFile(join(cwd, "secrets/scanner"), "utf8")).toBe(before);

  expect(await run(["apply", "plan.json", "--allow", "scanner"])).toMatchObject({ code: 0 });
  expect(await readFile(join(cwd, "secrets/scanner"), "utf8")).not.toBe(before);
});
