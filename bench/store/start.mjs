/** From the start of the process to the first answer, in ms: `start.mjs <script> <directory>`. */

import { request } from "undici";
import { withServer } from "./server-process.mjs";

const [, , script, directory] = process.argv;
const started = performance.now();
const value = await withServer(script, directory, async ({ url }) => {
  const { statusCode, body } = await request(`${url}/healthz`);
  await body.dump();
  if (statusCode >= 500) throw new Error(`healthz answered ${statusCode}`);
  return performance.now() - started;
});
console.log(JSON.stringify({ value }));
