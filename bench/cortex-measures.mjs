/** What is measured against the Cortex contract: 20 ms away, 1000 requests a minute for everybody together. */

import { once } from "node:events";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { BURST } from "./cortex/token-bucket.mjs";
import { writeProject } from "./project.mjs";
import { runProcess } from "./run-process.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const CLI = here("../dist/cli/main.js");
const PER_MINUTE = 1_000;

/** Makes its project below `directory`; `isQuick`: with 200 keys instead of 1,000. */
export async function* createCortexMeasures(directory, { isQuick }) {
  const count = isQuick ? 200 : 1_000;
  const tenant = await openTenant(directory);
  try {
    const project = writeProject(join(directory, "cortex"), count, {
      store: `{ driver: cortex, url: "${tenant.url}", credential: { env: CORTEX_API_KEY } }`,
    });
    const env = { ...process.env, CORTEX_API_KEY: tenant.token };
    yield applyOf({ tenant, project, count, env });
    yield planOf({ tenant, project, count, env });
  } finally {
    await tenant.close();
  }
}

/** Every key is one create and one verification, and the store is listed for the plan and once more for the apply. */
const requestsFor = (count) => 2 * count + 2;

function applyOf({ tenant, project, count, env }) {
  return {
    name: `create ${count} keys in Cortex`,
    rounds: 1,
    keys: count,
    subject: async () => {
      await tenant.counts();
      const expects = `${count} applied`;
      const run = await runProcess([CLI, "apply", "--yes"], { cwd: project, env, expects });
      console.error(`  ${JSON.stringify(await tenant.counts())}`);
      return run;
    },
    floor: async () => ({ ms: ((requestsFor(count) - BURST) / PER_MINUTE) * 60_000 }),
    aims: [{ of: "ratio", max: 1.15 }],
  };
}

function planOf({ tenant, project, count, env }) {
  const floor = [here("floors/list-cortex.mjs"), project, tenant.url, tenant.token];
  return {
    name: `plan ${count} keys that are in Cortex`,
    rounds: 9,
    prepare: () => tenant.counts(),
    subject: async () => {
      const run = await runProcess([CLI, "plan"], {
        cwd: project,
        env,
        expects: `No changes: ${count} keys`,
      });
      const { listed, ...others } = await tenant.counts();
      const asked = Object.values(others).reduce((sum, each) => sum + each, listed);
      if (asked !== 1) throw new Error(`a plan took ${asked} requests, ${listed} of them for keys`);
      return run;
    },
    floor: () => runProcess(floor, { cwd: project, expects: `${count} declared, ${count} listed` }),
    aims: [{ of: "ratio", max: 1.3 }],
  };
}

async function openTenant(directory) {
  const script = here("cortex/serve-cortex.mjs");
  const child = spawn(process.execPath, [script, directory, String(PER_MINUTE)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => Promise.reject(new Error(`the tenant ended with ${code}`))),
  ]);
  const { url, token } = JSON.parse(line);
  return {
    url,
    token,
    counts: async () => (await fetch(`${url}/counts`)).json(),
    close: async () => {
      child.kill("SIGTERM");
      await ended;
      rmSync(join(directory, "tenant"), { recursive: true, force: true });
    },
  };
}
