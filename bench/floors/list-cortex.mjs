/** Floor of a plan against Cortex: the manifests validated by the same code, and one bare request for all keys. */

import { request } from "undici";

const [, , project, url, token] = process.argv;
const built = (module) => import(new URL(`../../dist/wire/${module}`, import.meta.url));
const { readProject } = await built("read-project.js");

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const headers = { authorization: `Bearer ${token}` };
const { readManifests } = await readProject({ cwd: project, env: process.env, logger: SILENT });
const [{ desired }, { apiKeys }] = await Promise.all([
  readManifests(),
  request(`${url}/api/v1/auth/key?pageSize=1000&page=0`, { headers }).then(({ body }) => body.json()),
]);
console.log(`${desired.keys.length} declared, ${apiKeys.length} listed`);
