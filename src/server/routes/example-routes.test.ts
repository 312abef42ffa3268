import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath, stderr } from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, serve } from "../serve.ts";
import { type KeyExample, buildExamples, parseBaseUrl } from "./key-examples.ts";

const PROGRAMS = { curl: ["sh", "sh"], python: ["python3", "py"], node: [execPath, "mjs"] } as const;

let root: string;
let server: RunningServer;
let admin: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "keywright-examples-"));
  server = await serve({ directory: join(root, "store"), port: 0 });
  admin = (await readFile(server.adminTokenFile, "utf8")).trim();
});
afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

interface Run {
  readonly code: number | null;
  readonly output: string;
}

async function run({ language, code }: KeyExample, key: string, url?: string): Promise<Run> {
  const [program, extension] = PROGRAMS[language];
  const path = join(root, `example.${extension}`);
  await writeFile(path, code);
  const variables = { KEYWRIGHT_API_KEY: key, ...(url === undefined ? {} : { KEYWRIGHT_URL: url }) };
  const child = spawn(program, [path], { env: { PATH: env["PATH"], ...variables }, timeout: 20_000 });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("close", resolve);
    child.on("error", reject);
  });
  return { code: exitCode, output };
}

const isMissing = (program: string): boolean => spawnSync(program, ["--version"]).error !== undefined;

async function examplesOf(id: string): Promise<readonly KeyExample[]> {
  const answer = await fetch(`${server.url}/v1/keys/${id}/examples`, {
    headers: { authorization: `Bearer ${admin}` },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as KeyExample[];
}

async function generate(level: string): Promise<{ id: number; key: string; nativeId: string }> {
  const request = { roles: ["Viewer"], security_level: level, comment: `example ${randomUUID()}` };
  const made = await fetch(`${server.url}/public_api/v1/api_keys/generate`, {
    method: "POST",
    headers: { "x-xdr-auth-id": "1", authorization: admin, "content-type": "application/json" },
    body: JSON.stringify({ request_data: request }),
  });
  const { reply } = (await made.json()) as { reply: { id: number; key: string } };
  const listed = await fetch(`${server.url}/v1/keys`, { headers: { authorization: `Bearer ${admin}` } });
  const { keys } = (await listed.json()) as { keys: { id: string; name: string }[] };
  return { ...reply, nativeId: keys.find(({ name }) => name === request.comment)?.id ?? "" };
}

test.each([
  ["standard", "curl"],
  ["standard", "python"],
  ["standard", "node"],
  ["advanced", "python"],
  ["advanced", "node"],
] as const)("the sample for a %s key in %s runs as it is, and gets 200", async (level, language) => {
  const program = language === "curl" ? "curl" : PROGRAMS[language][0];
  if (isMissing(program)) {
    // Loud on purpose: nobody has run this sample.
    stderr.write(`NOT TESTED: ${program} is not on this machine; the ${language} sample was not run.\n`);
    return;
  }
  const { key, nativeId } = await generate(level);
  const example = (await examplesOf(nativeId)).find((one) => one.language === language);
  expect(example).toBeDefined();
  if (!example) return;
  expect(example.code).not.toContain(key);
  const good = await run(example, key);
  expect([good.code, good.output.trim().split("\n").at(-1)]).toEqual([0, "200"]);
  const bad = await run(example, `${key}x`);
  expect(bad.code).not.toBe(0);
  expect((await run(example, key, "http://127.0.0.1:1")).code).not.toBe(0);
});

test("an advanced key has no curl sample, and the reason in its place", async () => {
  const { nativeId } = await generate("advanced");
  const [curl] = await examplesOf(nativeId);
  expect(curl).toMatchObject({ language: "curl", title: "Not with an Advanced key" });
  expect(curl?.code.split("\n").every((line) => line === "" || line.startsWith("#"))).toBe(true);
});

test("a host that would break out of the code never gets into it", async () => {
  for (const host of [
    "x$(id)",
    'x"',
    "x'",
    "x`id`",
    "x y",
    "x/../y",
    "x@y",
    "x\\",
    "${x}",
    "x:99999999",
    "",
  ]) {
    expect([host, parseBaseUrl(`http://${host}`)]).toEqual([host, undefined]);
  }
  for (const host of ["127.0.0.1:4180", "[::1]:80", "keys.example.com", "localhost"]) {
    expect(parseBaseUrl(`https://${host}`)).toBe(`https://${host}`);
  }
  const codes = buildExamples({ securityLevel: "advanced", number: 7 }, "https://keys.example.com");
  expect(codes.map(({ code }) => code).join("\n")).toContain('"https://keys.example.com"');
});

test("404: a key that does not exist has no samples", async () => {
  const headers = { authorization: `Bearer ${admin}` };
  expect((await fetch(`${server.url}/v1/keys/key_x/examples`, { headers })).status).toBe(404);
});
