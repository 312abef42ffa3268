/** A `github-actions` sink in `keywright.yaml`. */

import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { isKeywrightError } from "../core/error.ts";
import type { CredentialRef } from "./config.ts";
import { parseConfig } from "./parse-config.ts";
import { resolvePrivateKey } from "./resolve-private-key.ts";

const parse = (sink: string) =>
  parseConfig(
    `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/*"]
store: { driver: embedded }
sinks: { g: { driver: github-actions, ${sink} } }
`,
    { file: "keywright.yaml", directory: "/repo" },
  );

const toldOf = (sink: string): readonly string[] =>
  parse(sink).issues.map(
    ({ at, code, message, hint }) =>
      `${at?.line}:${at?.column} ${code} ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );

const CREDENTIAL = "credential: { env: T }";
const at = expect.objectContaining({ line: 6 });

test("by a token: everything else stays GitHub's default", () => {
  expect(parse(CREDENTIAL).config?.sinks.get("g")).toEqual({
    driver: "github-actions",
    auth: { type: "token", token: { type: "env", variable: "T", at } },
  });
});

test("by a GitHub App on a server of one's own", () => {
  const app = "app: { id: 4711, installationId: 31, privateKey: { file: app.pem } }";
  const rest =
    'url: https://g.acme.example/api/v3, repositories: ["acme/*"], organizations: [acme], visibility: selected, selectedRepositories: [acme/x]';
  expect(parse(`${app}, ${rest}`).config?.sinks.get("g")).toEqual({
    driver: "github-actions",
    url: "https://g.acme.example/api/v3",
    auth: {
      type: "app",
      id: "4711",
      installationId: "31",
      privateKey: { type: "file", path: "/repo/app.pem", at },
    },
    repositories: ["acme/*"],
    organizations: ["acme"],
    visibility: "selected",
    selectedRepositories: ["acme/x"],
  });
  const byClientId = parse("app: { id: Iv23liAbCdEfGhIjKlMn, privateKey: { env: K } }").config;
  expect(byClientId?.sinks.get("g")).toMatchObject({ auth: { id: "Iv23liAbCdEfGhIjKlMn" } });
});

test.each([
  [
    'repositories: ["acme/*"]',
    "6:13 CONFIG_SINK sink g has neither a credential nor an app (name one of them)",
  ],
  [
    `${CREDENTIAL}, app: { id: 1, privateKey: { env: K } }`,
    "CONFIG_SINK sink g has both a credential and an app (leave one of them out)",
  ],
  [
    `${CREDENTIAL}, visibility: selected`,
    "CONFIG_SINK sink g names no repositories for the visibility selected",
  ],
  [
    `${CREDENTIAL}, selectedRepositories: [acme/x]`,
    "CONFIG_SINK sink g selects repositories without saying so",
  ],
  [`${CREDENTIAL}, repositories: ["Acme/*"]`, "must be a glob in small letters, not negated"],
  [`${CREDENTIAL}, repositories: ["!acme/*"]`, "must be a glob in small letters, not negated"],
  [
    `${CREDENTIAL}, visibility: selected, selectedRepositories: [Acme/X]`,
    "must be owner/name in small letters",
  ],
  ["app: { id: 1 }", "SCHEMA_MISSING_FIELD sinks.g.app lacks privateKey"],
  [
    "app: { id: a b, privateKey: { env: K } }",
    "sinks.g.app.id must be one of: 123456 | Iv23liAbCdEfGhIjKlMn",
  ],
])("%s is told", (sink, expected) => {
  expect(toldOf(sink)).toEqual([expect.stringContaining(expected)]);
});

test("G6: GitHub's address with plain http, where the credential would go in the clear", () => {
  expect(toldOf(`${CREDENTIAL}, url: "http://github.acme.example/api/v3"`)).toEqual([
    expect.stringContaining("CONFIG_URL plain http is only for the loopback interface"),
  ]);
});

const ref: CredentialRef = {
  type: "env",
  variable: "K",
  at: { file: "keywright.yaml", line: 6, column: 60 },
};
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const PEM = rsa.export({ type: "pkcs1", format: "pem" }).toString();

test.each([
  ["as it is", PEM],
  ["with its line breaks written out", PEM.replaceAll("\n", "\\n")],
])("an App's private key is read from a variable %s", async (_name, text) => {
  expect((await resolvePrivateKey(ref, { K: text })).reveal()).toBe(PEM.trim());
});

const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

test.each([
  ["nothing", undefined, "is not there"],
  ["no key", "github_pat_x", "holds no RSA private key in PEM"],
  ["half a key", PEM.slice(0, 400), "holds no RSA private key in PEM"],
  [
    "a key of another kind",
    elliptic.export({ type: "pkcs8", format: "pem" }).toString(),
    "holds no RSA private key",
  ],
])("%s in its place is told without quoting it", async (_name, text, expected) => {
  const error: unknown = await resolvePrivateKey(ref, { K: text }).catch((fault: unknown) => fault);
  if (!isKeywrightError(error, "CREDENTIAL_MISSING")) throw new Error("it did not fail as it should");
  expect(error.message).toContain(`the environment variable K ${expected}`);
  expect(error.message).toContain("keywright.yaml:6");
  expect(`${error.message} ${error.hint}`).not.toContain(PEM.slice(40, 60));
});
