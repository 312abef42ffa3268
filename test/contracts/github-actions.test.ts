/** The sink for secrets of GitHub's, against a server that opens the boxes and checks each request by GitHub's own description. */

import { afterAll, beforeAll, describe } from "vitest";
import type { Slot } from "../../src/core/desired.ts";
import { Secret } from "../../src/core/secret.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createRequestLimiter } from "../../src/http/request-limiter.ts";
import { createGitHubActionsSink } from "../../src/sinks/github-actions.ts";
import { type GitHubServer, startGitHubServer } from "../peers/github-server.fixture.ts";
import { createMovableClock } from "./store-contract.fixture.ts";
import { sinkContract } from "./sink-contract.ts";

const QUICK = { perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 };
const TOKEN = "github_pat_contract_kit_4f2a";
const clock = createMovableClock();

const PLACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a repository": { repository: "acme/scanner" },
  "an environment": { repository: "acme/scanner", environment: "production/eu" },
  "an organisation": { organization: "acme" },
  "a repository, for Dependabot": { repository: "acme/scanner", app: "dependabot" },
  "an organisation, for Dependabot": { organization: "acme", app: "dependabot" },
};

let server: GitHubServer;
let opened = 0;

beforeAll(async () => {
  server = await startGitHubServer({ clock, prefix: "/api/v3" });
  server.accounts.addRepository("acme/scanner", ["production/eu"]);
  server.accounts.organizations.add("acme");
  const kinds = ["secrets", "environments", "organization_secrets"];
  const more = ["dependabot_secrets", "organization_dependabot_secrets"];
  const permissions = Object.fromEntries([...kinds, ...more].map((kind) => [kind, "write" as const]));
  server.accounts.tokens.set(TOKEN, { type: "personal", permissions });
});

afterAll(() => server.close());

for (const [name, place] of Object.entries(PLACES)) {
  describe(`in ${name}`, () => {
    sinkContract(`github-actions sink: ${name}`, "inspectable", async () => {
      opened += 1;
      const prefix = `OPEN${opened}`;
      const transport = openHttpTransport(server.url);
      const sink = createGitHubActionsSink({
        transport,
        auth: { type: "token", token: Secret.of(TOKEN) },
        clock,
        limiter: createRequestLimiter(QUICK),
        pausesMs: [1, 1],
        // Whoever waits lets the time of GitHub's clock pass.
        pause: async (ms) => clock.advance(ms),
        ...(place["organization"] !== undefined && {
          visibility: "selected",
          selectedRepositories: ["acme/scanner"],
        }),
      });
      const slot = (each: string): Slot => ({
        sink: "github",
        ...place,
        secret: `${prefix}_${each.toUpperCase()}`,
      });
      return { sink, slot, tick: () => clock.advance(1_000), close: () => transport.close() };
    });
  });
}
