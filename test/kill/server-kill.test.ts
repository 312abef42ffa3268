/** SIGKILL for the server in the middle of applies, and for the applies that meet it. `SERVER_KILLS`: how often, at least. */

import { expect, test } from "vitest";
import { createProject } from "../e2e/project.fixture.ts";
import { startServer } from "../e2e/server.fixture.ts";
import { runTrial } from "./trial.fixture.ts";
import { openTrialStore } from "./trial-store.fixture.ts";

const KILLS = Number(process.env["SERVER_KILLS"] ?? 4);
const SEED = process.env["KILL_SEED"];

test.skipIf(SEED !== undefined && !SEED.startsWith("server-"))(
  "a server that is killed loses no key that it acknowledged, and applies that meet it converge",
  { timeout: 60_000 + KILLS * 15_000 },
  async () => {
    const project = await createProject();
    let server = await startServer(project);
    const store = openTrialStore(server.url, await server.token());
    const count = { kills: 0 };
    const restart = async (): Promise<void> => {
      count.kills += 1;
      server.kill("SIGKILL");
      await server.ended;
      server = await startServer(project, server.port);
    };
    const trial = async (seed: string): Promise<unknown> => runTrial(seed, { ...store, restart });
    if (SEED !== undefined) await trial(SEED);
    else for (let seed = 1; count.kills < KILLS; seed += 1) await trial(`server-${seed}`);
    await store.close();
    expect(count.kills).toBeGreaterThanOrEqual(SEED === undefined ? KILLS : 0);
  },
);
