/**
 * Floor of a plan against Cortex, the least that tells whether all is as declared: the manifests validated by the same code,
 * one bare request for all keys, every value in the sink read and hashed, every line of the ledger parsed; nothing compared.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";

const [, , project, url, token] = process.argv;
const built = (module) => import(new URL(`../../dist/wire/${module}`, import.meta.url));
const { readProject } = await built("read-project.js");

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const headers = { authorization: `Bearer ${token}` };
const asked = request(`${url}/api/v1/auth/key?pageSize=1000&page=0`, { headers });
const { readManifests } = await readProject({ cwd: project, env: process.env, logger: SILENT });
const { desired } = await readManifests();
const { apiKeys } = await (await asked).body.json();
const data = join(project, ".keywright");
const secrets = readdirSync(join(data, "secrets"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) =>
    createHash("sha256")
      .update(readFileSync(join(entry.parentPath, entry.name)))
      .digest("hex"),
  );
const lines = readFileSync(join(data, "ledger", "ledger.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
console.log(
  `${desired.keys.length} declared, ${apiKeys.length} listed, ${secrets.length} values, ${lines.length} lines`,
);
