import { expect, test } from "vitest";
import { NOTICE_EVENTS } from "../core/notification.ts";
import { parseConfig } from "./parse-config.ts";

const HEAD = `apiVersion: keywright/v1
kind: Config
instance: acme-prod
manifests: ["keys/**/*.yaml"]
store: { driver: embedded }
sinks: { local: { driver: file, directory: secrets } }
notify:
`;

const parse = (...channels: readonly string[]) =>
  parseConfig(`${HEAD}${channels.map((text) => `  - ${text}\n`).join("")}`, {
    file: "keywright.yaml",
    directory: "/repo",
  });

const told = (...channels: readonly string[]): readonly string[] =>
  parse(...channels).issues.map(
    ({ at, code, message, hint }) => `${at?.line}:${at?.column} ${code} ${message} (${hint})`,
  );

const SLACK = "{ driver: slack, webhook: { env: SLACK } }";
const EMAIL = "{ driver: email, smtp: { env: SMTP }, from: keys@acme.example, to: [ops@acme.example] }";

const ISSUE = "{ driver: github-issue, repository: acme/keys, credential: { env: GITHUB_TOKEN } }";

const at = (line: number, column: number) => ({ file: "keywright.yaml", line, column });

test("channels are named by their drivers and hear of everything, unless they say otherwise", () => {
  const webhook =
    "{ driver: webhook, name: siem, url: https://hooks.acme.example/a, secret: { file: s }, events: [leak] }";
  const { config, issues } = parse(SLACK, webhook, EMAIL);
  expect(issues).toEqual([]);
  expect(config?.notify).toEqual([
    {
      driver: "slack",
      name: "slack",
      events: NOTICE_EVENTS,
      webhook: { type: "env", variable: "SLACK", at: at(8, 31) },
    },
    {
      driver: "webhook",
      name: "siem",
      events: ["leak"],
      url: "https://hooks.acme.example/a",
      secret: { type: "file", path: "/repo/s", at: at(9, 79) },
    },
    {
      driver: "email",
      name: "email",
      events: NOTICE_EVENTS,
      smtp: { type: "env", variable: "SMTP", at: at(10, 28) },
      from: "keys@acme.example",
      to: ["ops@acme.example"],
    },
  ]);
});

test("the issue has a label of its own and shows what stands, unless it says otherwise", () => {
  const app =
    "{ driver: github-issue, name: b, repository: acme/b, url: https://github.acme.internal/api/v3, app: { id: 7, privateKey: { file: k } }, labels: [a b], events: [drift] }";
  const { config, issues } = parse(ISSUE, app);
  expect(issues).toEqual([]);
  expect(config?.notify).toEqual([
    {
      driver: "github-issue",
      name: "github-issue",
      events: ["drift", "run-failed"],
      repository: "acme/keys",
      auth: { type: "token", token: { type: "env", variable: "GITHUB_TOKEN", at: at(8, 64) } },
      labels: ["keywright-drift"],
    },
    {
      driver: "github-issue",
      name: "b",
      events: ["drift"],
      repository: "acme/b",
      url: "https://github.acme.internal/api/v3",
      auth: { type: "app", id: "7", privateKey: { type: "file", path: "/repo/k", at: expect.anything() } },
      labels: ["a b"],
    },
  ]);
});

test("the address of a webhook may be read from elsewhere", () => {
  const { config } = parse("{ driver: webhook, url: { env: HOOK }, secret: { env: SECRET } }");
  expect(config?.notify).toMatchObject([{ url: { type: "env", variable: "HOOK" } }]);
});

const toUrl = (url: string): string => `{ driver: webhook, url: "${url}", secret: { env: SECRET } }`;

test.each<[string, readonly string[], string]>([
  [
    "two channels of one name",
    [SLACK, SLACK],
    "9:5 CONFIG_NOTIFY two channels are named slack (give it a `name` of its own: the ledger remembers by it who was told what)",
  ],
  [
    "the log's name",
    ["{ driver: slack, name: log, webhook: { env: A } }"],
    "8:5 CONFIG_NOTIFY the name log is the log's (give it a `name` of its own: the ledger remembers by it who was told what)",
  ],
  [
    "the name of the issue's driver for another",
    ["{ driver: slack, name: github-issue, webhook: { env: A } }"],
    "8:5 CONFIG_NOTIFY the name github-issue is the driver's own (give it a `name` of its own: the ledger remembers by it who was told what)",
  ],
  [
    "a second channel for one issue",
    [ISSUE, ISSUE.replace("acme/keys", "Acme/Keys, name: b")],
    "9:41 CONFIG_NOTIFY two channels keep the issue of Acme/Keys (leave one of them out)",
  ],
  [
    "an issue without a credential",
    ["{ driver: github-issue, repository: acme/keys }"],
    "8:5 CONFIG_NOTIFY this channel has neither a credential nor an app (name one of them)",
  ],
  [
    "an issue with both a credential and an app",
    [ISSUE.replace(" }", " }, app: { id: 7, privateKey: { env: K } }")],
    "8:92 CONFIG_NOTIFY this channel has both a credential and an app (leave one of them out)",
  ],
  [
    "G6: plain http to GitHub",
    [ISSUE.replace("credential", "url: http://github.acme.example, credential")],
    "8:57 CONFIG_URL plain http is only for the loopback interface (use https)",
  ],
  [
    "an address that is none",
    [EMAIL.replace("ops@acme.example", "ops@acme_example.x")],
    '8:73 CONFIG_NOTIFY "ops@acme_example.x" is no plain e-mail address (write it plainly, such as ops@acme.example, without a name)',
  ],
  [
    "G6: plain http",
    [toUrl("http://hooks.acme.example/a")],
    "8:29 CONFIG_URL plain http is only for the loopback interface (use https)",
  ],
  [
    "G6: a link-local address",
    [toUrl("https://169.254.169.254/a")],
    "8:29 CONFIG_URL the address is link-local (use the receiver's own name)",
  ],
  [
    "a credential in the query",
    [toUrl("https://hooks.acme.example/a?token=hunter2")],
    "8:29 CONFIG_URL the address has more than a host and a path (name a variable or a file that holds the whole address)",
  ],
])("%s is refused at its line", (_case, channels, expected) => {
  expect(told(...channels)).toEqual([expected]);
});

test.each([
  ["{ driver: slack, webhook: https://hooks.slack.com/services/T0/B0/hunter2 }"],
  ["{ driver: email, smtp: 'smtp://keys:hunter2@mail', from: a@b, to: [a@b] }"],
  ["{ driver: webhook, url: 'https://hooks.acme.example/a', secret: whsec_hunter2 }"],
  ["{ driver: webhook, url: 'https://user:hunter2@hooks.acme.example/a', secret: { env: A } }"],
  [toUrl("https://hooks.acme.example/a?token=hunter2")],
])("a credential that stands in the configuration is refused, and never repeated: %#", (channel) => {
  const { config, issues } = parse(channel);
  expect(config).toBeUndefined();
  expect(issues.length).toBeGreaterThan(0);
  expect(JSON.stringify(issues)).not.toContain("hunter2");
});

test.each([
  ["{ driver: pager }", "SCHEMA_VALUE"],
  ["{ driver: slack, webhook: { env: A }, events: [everything] }", "SCHEMA_VALUE"],
  ["{ driver: slack }", "SCHEMA_MISSING_FIELD"],
  ["{ driver: email, smtp: { env: A }, from: a@b, to: [] }", "SCHEMA_"],
  ["{ driver: github-issue, repository: acme, credential: { env: A } }", "SCHEMA_"],
  [`${ISSUE.slice(0, -1)}, events: [leak] }`, "SCHEMA_VALUE"],
  [`${ISSUE.slice(0, -1)}, labels: ["a,b"] }`, "SCHEMA_"],
])("%s is not what the schema knows", (channel, code) => {
  expect(told(channel)[0]).toContain(code);
});
