/** One tool, one scenario, one strike: then it is run again without faults, at most three times, and judged. */

import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createConsumers } from "./consumers.mjs";
import { openFaultProxy } from "./fault-proxy.mjs";
import { judge } from "./judge.mjs";
import { runTool } from "./run-tool.mjs";
import { createStoreClient } from "./store-client.mjs";

const KEYS = 10;
const RERUNS = 3;
const [FIRST_ROLE, OTHER_ROLE] = ["READ_ONLY", "USER"];

export const SCENARIOS = ["create", "rotate"];

/**
 * `strike`: `{ at, fault }` of the requests, `{ at, when }` of the writes, or undefined for a run without faults. There
 * the consumers ask at every step; else once the strike has come, at every revocation and after every run. Gives the judgement with `requests` and `refused` of the consumers,
 * whether the tool said `isDone`, and how many `changes` and `writes` the run without faults had.
 */
export async function runCase({ tool, scenario, strike, server, directory, id }) {
  const work = await makeWork(directory, server, id);
  const store = createStoreClient(server, work.owner);
  const consumers = createConsumers(store, work.sink, work.names);
  let isStricken = false;
  const proxy = await openFaultProxy(server.url, async ({ method, isStruck }) => {
    isStricken ||= isStruck;
    if (!strike || isStruck || (isStricken && method === "DELETE")) await consumers.round();
  });
  const run = createRun(tool, { ...work, url: proxy.url });
  try {
    await tool.prepare({ ...work, url: proxy.url });
    if (scenario === "rotate") await run.well(FIRST_ROLE);
    await consumers.round();
    const role = scenario === "rotate" ? OTHER_ROLE : FIRST_ROLE;
    const counts = await struck(run, role, strike, proxy, work);
    isStricken = true;
    await consumers.round();
    const isDone = await untilDone(run, role, counts.code, consumers);
    const found = await judge(tool, store, work, { secrets: proxy.secrets, printed: run.printed() });
    return { ...found, ...consumers.counts, ...counts, isDone };
  } finally {
    await proxy.close();
    await store.revokeAll();
    await rm(work.directory, { recursive: true, force: true });
  }
}

async function makeWork(parent, { token, tokenFile }, id) {
  const owner = `case-${id}`;
  const directory = join(parent, owner);
  const sink = join(directory, "sink");
  await mkdir(directory, { recursive: true });
  const names = Array.from({ length: KEYS }, (_, index) => `${owner}-key-${index}`);
  return { directory, sink, token, tokenFile, owner, names };
}

function createRun(tool, work) {
  let printed = "";
  const run = async (role, options) => {
    const result = await runTool(tool, work, role, options);
    printed += result.printed;
    return result.code;
  };
  return {
    run,
    printed: () => printed,
    /** What goes before the faults has none. */
    well: async (role) => {
      if ((await run(role)) !== 0)
        throw new Error(`${tool.name} failed without a fault:\n${printed.slice(-2_000)}`);
    },
  };
}

async function struck({ run }, role, strike, proxy, { directory }) {
  let kill;
  proxy.arm(strike?.fault && { ...strike, kill: () => kill() });
  const countFile = join(directory, "writes");
  const env = strike?.when
    ? { STRIKE_AT: String(strike.at), STRIKE_WHEN: strike.when }
    : { STRIKE_COUNT: countFile };
  const code = await run(role, { env, onStart: (killing) => (kill = killing) });
  const changes = proxy.count();
  proxy.arm(undefined);
  if (strike) return { code };
  return { code, changes, writes: Number(await readFile(countFile, "utf8")) };
}

/** Whether the tool says that there is nothing left to do. */
async function untilDone({ run }, role, first, consumers) {
  let code = first;
  for (let rerun = 0; rerun < RERUNS && code !== 0; rerun += 1) {
    code = await run(role);
    await consumers.round();
  }
  return code === 0;
}
