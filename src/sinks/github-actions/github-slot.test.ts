/** What manifests may say of a slot in GitHub, told at its line. */

import { expect, test } from "vitest";
import type { SinkFacts } from "../../manifests/build-context.ts";
import { aContext, aKey, readTexts, told } from "../../manifests/manifest.fixture.ts";
import { type AllowedHolders, describeGitHubSlot, placeOf } from "./github-slot.ts";

const facts = (allowed: AllowedHolders = {}): SinkFacts => ({
  driver: "github-actions",
  fields: describeGitHubSlot(allowed),
  place: "github-actions https://api.github.com",
});

const ACME: AllowedHolders = { repositories: ["acme/*"], organizations: ["acme"] };

const faultsOf = (slots: string | readonly string[], allowed: AllowedHolders = ACME): readonly string[] => {
  const sinks = new Map([
    ["github", facts(allowed)],
    ["circle", facts(allowed)],
  ]);
  const texts = [slots].flat().map((slot, index) => aKey({ name: `k${index}`, deliverTo: `[{ ${slot} }]` }));
  return told(readTexts(texts, aContext({ sinks })));
};

test.each([
  "repository: acme/scanner, secret: CORTEX_TOKEN",
  "repository: acme/.github, secret: _T1",
  "repository: acme/scanner, environment: production/eu west, secret: T",
  "repository: acme/scanner, app: dependabot, secret: T",
  "organization: acme, secret: T",
  "organization: acme, app: dependabot, secret: MY_GITHUB_TOKEN",
])("%s is a slot", (slot) => {
  expect(faultsOf(`sink: github, ${slot}`)).toEqual([]);
});

const SECRET =
  "SLOT_FIELD_INVALID secret must be 1 to 255 capital letters, digits and _, as GitHub stores it, and begin neither with a digit nor with GITHUB_";

test.each([
  ["repository: acme/x, secret: GITHUB_PAT", `8:59 ${SECRET}`],
  ["repository: acme/x, secret: cortex_token", `8:59 ${SECRET}`],
  ["repository: acme/x, secret: 1_TOKEN", `8:59 ${SECRET}`],
  ["repository: acme/x, secret: A-B", `8:59 ${SECRET}`],
  ["repository: Acme/X, secret: T", "8:43 SLOT_FIELD_INVALID repository must be owner/name in small letters"],
  [
    "repository: acme/.., secret: T",
    "8:43 SLOT_FIELD_INVALID repository must be owner/name in small letters",
  ],
  [
    "repository: acme/x, environment: Production, secret: T",
    "8:64 SLOT_FIELD_INVALID environment must be the name of an environment in small letters, of 1 to 255 characters",
  ],
  [
    "repository: acme/x, app: actions, secret: T",
    "8:56 SLOT_FIELD_INVALID app must be dependabot, or left out for GitHub Actions",
  ],
  [
    "repository: evil/x, secret: T",
    'SLOT_NOT_ALLOWED sink github does not allow the repository "evil/x" (the configuration allows acme/*)',
  ],
  ["organization: evil, secret: T", 'does not allow the organization "evil" (the configuration allows acme)'],
  [
    "secret: T",
    "SLOT_FIELD_MISSING this slot of sink github lacks repository or organization (add `repository: …` or `organization: …`)",
  ],
  ["repository: acme/x", "SLOT_FIELD_MISSING this slot of sink github lacks secret"],
  [
    "repository: acme/x, organization: acme, secret: T",
    "8:65 SLOT_FIELD_INVALID organization does not go with repository in a slot of sink github (leave one of them out)",
  ],
  ["organization: acme, environment: production, secret: T", "organization does not go with environment"],
  [
    "repository: acme/x, environment: production, app: dependabot, secret: T",
    "app does not go with environment",
  ],
])("%s is told at its place", (slot, expected) => {
  expect(faultsOf(`sink: github, ${slot}`)).toEqual([expect.stringContaining(expected)]);
});

test("G6: where the configuration names repositories alone, manifests use no secret of an organisation", () => {
  const slot = "sink: github, organization: acme, secret: T";
  expect(faultsOf(slot, { repositories: ["acme/*"] })).toEqual([
    expect.stringContaining("(the configuration allows none)"),
  ]);
  expect(faultsOf(slot, {})).toEqual([]);
});

test("two keys never write one secret, though it be by two sinks", () => {
  const slot = "organization: acme, secret: T";
  expect(faultsOf([`sink: github, ${slot}`, `sink: circle, ${slot}`])).toEqual([
    expect.stringContaining("SLOT_TAKEN k0 and k1 are both delivered to circle: organization=acme secret=T"),
  ]);
  expect(faultsOf([`sink: github, ${slot}`, `sink: circle, ${slot}, app: dependabot`])).toEqual([]);
});

test.each([
  [{ repository: "acme/scanner" }, "/repos/acme/scanner/actions/secrets"],
  [{ repository: "acme/scanner", app: "dependabot" }, "/repos/acme/scanner/dependabot/secrets"],
  [
    { repository: "acme/scanner", environment: "prod/eu west" },
    "/repos/acme/scanner/environments/prod%2Feu%20west/secrets",
  ],
  [{ organization: "acme" }, "/orgs/acme/actions/secrets"],
] as readonly (readonly [Readonly<Record<string, string>>, string])[])("%j lies at %s", (fields, path) => {
  const place = placeOf({ sink: "github", ...fields, secret: "T" });
  expect([place.secretPath, place.publicKeyPath]).toEqual([`${path}/T`, `${path}/public-key`]);
});
