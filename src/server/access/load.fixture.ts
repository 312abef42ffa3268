/**
 * Asks a server, over several connections at once, from a process of its own, and prints what it got:
 * `node --import tsx load.fixture.ts <url> <token> <connections> <requests>`.
 */

import { Agent, request } from "node:http";

const [url = "", token = "", connections = "1", requests = "1000"] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
let left = Number(requests);
const statuses: Record<string, number> = {};

const ask = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request(url, { agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    })
      .on("error", reject)
      .end();
  });

async function askOn(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const status = await ask();
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

await Promise.all(Array.from({ length: Number(connections) }, askOn));
agent.destroy();
process.stdout.write(JSON.stringify({ statuses }));
