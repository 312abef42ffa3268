/** One PostgreSQL for the whole run of the `postgres` project; it starts only when the run has such tests. */

import type { TestProject } from "vitest/node";
import { FAST, startPostgres } from "../src/server/database/start-postgres.fixture.ts";

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres({ settings: FAST });
  project.provide("postgresUrl", postgres.url);
  return () => postgres.stop();
}

declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
  }
}
