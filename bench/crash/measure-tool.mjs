import { availableParallelism } from "node:os";
import { runCase, SCENARIOS } from "./run-case.mjs";
import { strikesOf } from "./schedule.mjs";

/** A run of each scenario without faults, and then all strikes. `say` hears how far it is. Gives a row of the table. */
export async function measureTool(tool, { server, directory, say, every, hasDetails }) {
  const total = {
    strikes: 0,
    lost: 0,
    orphans: 0,
    duplicates: 0,
    refused: 0,
    requests: 0,
    readable: 0,
    stuck: 0,
  };
  const started = performance.now();
  for (const scenario of SCENARIOS) {
    const calm = await runCase({ tool, scenario, server, directory, id: nextId() });
    refuseUnsound(tool, scenario, calm);
    const strikes = strikesOf(calm).filter((_, index) => index % every === 0);
    say(
      `${tool.name}: ${scenario} 10 keys, ${calm.changes} changing requests, ${calm.writes} writes, ${strikes.length} strikes …`,
    );
    await inParallel(strikes, async (strike) => {
      const found = await runCase({ tool, scenario, strike, server, directory, id: nextId() });
      add(total, found);
      if (hasDetails && isBad(found)) say(JSON.stringify({ scenario, ...strike, ...found }));
    });
  }
  say(`  took ${Math.round((performance.now() - started) / 1_000)} s`);
  return { name: tool.name, version: tool.version, total };
}

function add(total, { lost, orphans, duplicates, refused, requests, readable, isDone }) {
  total.strikes += 1;
  total.lost += lost;
  total.orphans += orphans;
  total.duplicates += duplicates;
  total.refused += refused;
  total.requests += requests;
  total.readable += readable;
  total.stuck += isDone ? 0 : 1;
}

const isBad = ({ lost, orphans, duplicates, refused, readable, isDone }) =>
  lost + orphans + duplicates + refused + readable > 0 || !isDone;

/** Without a fault nothing may be left behind: what is, would be the bench's own doing, and no figure of it would count. */
function refuseUnsound(tool, scenario, calm) {
  if (!isBad(calm) && calm.isServed && calm.requests > 0) return;
  throw new Error(`${tool.name}, ${scenario} without a fault: ${JSON.stringify(calm)}`);
}

async function inParallel(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
}

function nextId() {
  nextId.last = (nextId.last ?? 0) + 1;
  return nextId.last;
}
