import { defineConfig } from "vitest/config";

/** What asks the database runs a second time, on PostgreSQL. */
const ON_BOTH_ENGINES = ["src/server/**/*.test.ts", "test/contracts/store.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: "sqlite", include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: ON_BOTH_ENGINES,
          globalSetup: "test/start-postgres.setup.ts",
          setupFiles: "test/use-postgres.setup.ts",
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/**/*.fixture.ts"],
      reporter: ["text-summary", "json-summary"],
      thresholds: { "src/core/**": { branches: 100 } },
    },
  },
});
