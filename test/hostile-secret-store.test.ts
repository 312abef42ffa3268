/** S2: a Cortex that says back the value of a secret that it refuses: whatever it did to it, the value is not told. */

import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { outputOf } from "./output-of.fixture.ts";

const NOTHING = { apiKeys: [], secrets: [], entries: [], total: 0, totalPages: 1 };

/** Lists nothing, and refuses every secret with `body`. */
async function startCortex(body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(request.method === "POST" ? 400 : 200, { "content-type": "application/json" });
    response.end(request.method === "POST" ? body : JSON.stringify(NOTHING));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function makeProject(url: string, value: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-hostile-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, "keys"));
  await mkdir(join(directory, "values"), { mode: 0o700 });
  await writeFile(join(directory, "values/v"), value, { mode: 0o600 });
  await writeFile(
    join(directory, "keywright.yaml"),
    `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/*.yaml"]
store: { driver: cortex, url: "${url}", credential: { env: TOKEN } }
sinks:
  local: { driver: file, directory: values }
ledger: { driver: file, directory: .keywright/ledger }
`,
  );
  await writeFile(
    join(directory, "keys/s.yaml"),
    `apiVersion: keywright/v1
kind: Secret
metadata: { name: s1 }
spec:
  tag: partner
  valueFrom: { sink: local, path: v }
`,
  );
  return directory;
}

const saying = (message: string): string => JSON.stringify({ message, type: "x", httpStatus: 400 });

const LINES = "admin\nS3cretPw9!";
const SHORT = "hunter2xy";
const LONG = "ZX81spectrumQL128plus2Amstrad";

test.each([
  ["several lines as they are", LINES, saying(`bad secret value: ${LINES}`), /admin|S3cretPw/],
  ["several lines in JSON", LINES, `invalid {"secret":${JSON.stringify(LINES)}}`, /admin|S3cretPw/],
  ["several lines in an address", LINES, saying(`?secret=${encodeURIComponent(LINES)}`), /admin|S3cretPw/],
  ["a value in HTML", 'a"short&1', saying("bad a&quot;short&amp;1"), /short/],
  ["a value where messages are cut", SHORT, saying("x ".repeat(246) + SHORT), /hunt/],
  ["a value where ours are cut", SHORT, saying("x ".repeat(378) + SHORT), /hunt/],
  ["a long value where messages are cut", LONG, saying("x".repeat(500 - LONG.length + 1) + LONG), /ZX81/],
  ["a value that the store cut", SHORT, saying(`bad ${SHORT.slice(0, 7)}…`), /hunt/],
])("S2: the value of a secret is not told by a refusal: %s", async (_name, value, body, piece) => {
  const output = await outputOf(await makeProject(await startCortex(body), value), {
    TOKEN: "tok-1234567890",
  });
  expect(output).toContain("STORE_REJECTED");
  expect(output).toContain("Cortex refused POST");
  expect(output).not.toMatch(piece);
});
