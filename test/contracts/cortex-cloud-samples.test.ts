/** The samples of `docs/stores/cortex-cloud.md`: what a consumer copies works, with keys of both levels. */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { readAdminToken } from "../../src/server/admin-token.ts";
import { serve } from "../../src/server/serve.ts";
import { makeTemporaryDirectory } from "./store-contract.fixture.ts";

const run = promisify(execFile);
const page = await readFile(new URL("../../docs/stores/cortex-cloud.md", import.meta.url), "utf8");
const sampleIn = (language: string): string =>
  new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(page)?.[1] ?? "";
const hasPython = await run("python3", ["--version"]).then(
  () => true,
  () => false,
);

/** On the real clock, which the samples sign with. */
async function openTenant() {
  const directory = await makeTemporaryDirectory();
  const server = await serve({ directory: directory.path, port: 0 });
  onTestFinished(async () => {
    await server.close();
    await directory.remove();
  });
  const authorization = (await readAdminToken(server.adminTokenFile)).reveal();
  const generate = async (level: string): Promise<string> => {
    const answer = await fetch(`${server.url}/public_api/v1/api_keys/generate`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-xdr-auth-id": "1", authorization },
      body: JSON.stringify({ request_data: { roles: ["Viewer"], security_level: level } }),
    });
    const { reply } = (await answer.json()) as {
      readonly reply: { readonly id: number; readonly key: string };
    };
    return `${reply.id}:${reply.key}`;
  };
  return { url: server.url, generate };
}

const COMMANDS = [
  ["js", process.execPath, ["--input-type=module", "--eval"]],
  ...(hasPython ? ([["python", "python3", ["-c"]]] as const) : []),
] as const;

test.each(COMMANDS)(
  "the sample in %s is let in with a standard and an advanced key",
  async (language, command, args) => {
    const { url, generate } = await openTenant();
    for (const level of ["standard", "advanced"]) {
      const env = {
        PATH: process.env["PATH"],
        CORTEX_URL: url,
        CORTEX_KEY: await generate(level),
        CORTEX_LEVEL: level,
      };
      const { stdout } = await run(command, [...args, sampleIn(language)], { env });
      expect(stdout).toBe("200\n");
    }
  },
);
