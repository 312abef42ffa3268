import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Issue } from "../core/issue.ts";
import { RISK_CLASSES, riskLevelOf } from "../core/risk/risk.ts";
import { parseConfig } from "./parse-config.ts";

const HEAD = `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/*.yaml"]
store: { driver: embedded }
sinks: { local: { driver: file, directory: secrets } }
`;
const parse = (more: string) => parseConfig(HEAD + more, { file: "keywright.yaml", directory: "/repo" });
const told = (issues: readonly Issue[]) =>
  issues.map(
    ({ at, code, message, hint }) =>
      `${at?.line}:${at?.column} ${code} ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );

test("rules of approvals come as they are written", () => {
  const { config, issues } = parse(`production: false
approvals:
  - { risks: [first-admin, privilege-widened], team: acme/security, reviews: 2 }
  - { risks: [production-revocation], label: "revoke ok", environment: production }
`);
  expect(issues).toEqual([]);
  expect(config?.production).toBe(false);
  expect(config?.approvals).toEqual([
    { risks: ["first-admin", "privilege-widened"], team: "acme/security", reviews: 2 },
    { risks: ["production-revocation"], label: "revoke ok", environment: "production" },
  ]);
});

test.each<readonly [string, string, string]>([
  [
    "a rule that demands nothing",
    "approvals:\n  - { risks: [first-admin], label: a }\n  - { risks: [first-admin] }\n",
    "9:5 CONFIG_APPROVAL this rule demands nothing (name a label, a team, a number of reviews or an environment, or leave the rule out)",
  ],
  [
    "a class that there is not",
    "approvals: [{ risks: [privilege-widend], label: a }]\n",
    '7:23 SCHEMA_VALUE approvals[0].risks[0] cannot be "privilege-widend" (did you mean "privilege-widened"?)',
  ],
  [
    "a team without its organisation",
    "approvals: [{ risks: [first-admin], team: security }]\n",
    "7:43 SCHEMA_VALUE approvals[0].team must be a team in small letters, such as acme/security",
  ],
  [
    "a rule about nothing",
    "approvals: [{ risks: [], label: a }]\n",
    "7:22 SCHEMA_VALUE approvals[0].risks must not be empty",
  ],
  [
    "no review at all",
    "approvals: [{ risks: [first-admin], reviews: 0 }]\n",
    "7:46 SCHEMA_VALUE approvals[0].reviews must be at least 1",
  ],
  [
    "a branch with its path",
    "github: { branch: refs/../main }\n",
    "7:19 SCHEMA_VALUE github.branch must be the name of a branch, without refs/heads/",
  ],
  [
    "two ways to sign in",
    "github: { credential: { env: T }, app: { id: 7, privateKey: { env: K } } }\n",
    "7:40 CONFIG_GITHUB github has both a credential and an app (leave one of them out)",
  ],
  [
    "G6: an address that is not GitHub's own by https",
    "github: { url: http://ghes.acme.example/api/v3 }\n",
    "7:16 CONFIG_URL plain http is only for the loopback interface (use https)",
  ],
])("%s is told at its place", (_name, more, expected) => {
  const { config, issues } = parse(more);
  expect(config).toBeUndefined();
  expect(told(issues)).toEqual([expected]);
});

test("the repository: by default a review is required, of which GitHub Actions' own checks tell", () => {
  expect(parse("").config).not.toHaveProperty("github");
  expect(parse("github: {}\n").config?.github).toEqual({ review: "required", checksBy: "github-actions" });
  const { config } = parse(
    "github: { repository: acme/keys, branch: release/1.x, url: https://ghes.acme.example/api/v3, review: optional, checksBy: keywright-bot, app: { id: 7, privateKey: { file: key.pem } } }\n",
  );
  expect(config?.github).toEqual({
    repository: "acme/keys",
    branch: "release/1.x",
    url: "https://ghes.acme.example/api/v3",
    review: "optional",
    checksBy: "keywright-bot",
    auth: {
      type: "app",
      id: "7",
      privateKey: { type: "file", path: "/repo/key.pem", at: expect.objectContaining({ line: 7 }) },
    },
  });
  const { config: token } = parse("github: { credential: { env: GH } }\n");
  expect(token?.github?.auth).toEqual({
    type: "token",
    token: { type: "env", variable: "GH", at: expect.objectContaining({ line: 7 }) },
  });
});

const page = readFileSync(new URL("../../docs/approvals.md", import.meta.url), "utf8");

test("the page about approvals lists each class with its level, in order, and its configurations are valid", () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\w+) +\|/gm)].map(([, name, level]) => [name, level]);
  expect(rows).toEqual(RISK_CLASSES.map((name) => [name, riskLevelOf(name)]));
  const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => parse(text).issues);
  expect(blocks.length).toBeGreaterThan(1);
  expect(blocks.flat()).toEqual([]);
});
