import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

/** What asks the database runs a second time, on PostgreSQL; the façades, notices and gates above it ask through the same domain. */
const ON_BOTH_ENGINES = [
  "src/server/{audit-coverage,authorization-matrix,crash,several-servers,shared-database}.test.ts",
  "src/server/{database,domain,upkeep}/**/*.test.ts",
  "src/server/routes/{key,user,secret}-routes.test.ts",
  "test/contracts/store.test.ts",
];

/** What needs PostgreSQL, and runs nowhere else. */
const ON_POSTGRES = [
  "src/ledger/postgres-*.test.ts",
  "test/contracts/postgres-ledger.test.ts",
  "test/e2e/postgres-ledger.test.ts",
];

/** They leave nothing behind that the next file could meet, and what they import takes longer than they do: one process for all. */
const UNITS = [
  "src/{core,manifests,report,config,git,disk,http,messages,notify,sources,stores,sinks,simulation}/**/*.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      {
        extends: true,
        test: {
          name: "units",
          isolate: false,
          include: UNITS,
        },
      },
      {
        extends: true,
        test: {
          name: "sqlite",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...ON_POSTGRES, ...UNITS],
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: [...ON_BOTH_ENGINES, ...ON_POSTGRES],
          globalSetup: "test/start-postgres.setup.ts",
          setupFiles: "test/use-postgres.setup.ts",
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["src/core/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/**/*.fixture.ts"],
      reporter: ["text-summary", "json-summary"],
      thresholds: { "src/core/**": { branches: 100 } },
    },
  },
});
