/** S2: a key store that says back, in its refusals, whatever it was sent: credential and keys stay out of all output. */

import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { findSecrets } from "./canary.fixture.ts";
import { outputOf } from "./output-of.fixture.ts";

/** Has not the form of a key of ours: only whoever knows it can take it out. */
const CREDENTIAL = `tok_${randomBytes(30).toString("hex")}`;

interface Answer {
  readonly status: number;
  readonly body: object;
}

type Echo = (said: string) => Answer;

const refusal =
  (status: number): Echo =>
  (said) => ({ status, body: { type: "about:blank", title: "No", status, detail: `you sent ${said}` } });

const ROUTES: Readonly<Record<string, Answer["body"]>> = {
  "GET /v1/store": {
    id: "ks_0123456789abcdef",
    keyFormat: { prefix: "kw", environment: "live" },
    maxPageSize: 100,
    caller: { id: "key_caller" },
  },
  "GET /v1/keys": { keys: [], nextCursor: null },
  "GET /v1/roles": { roles: [] },
  "GET /v1/policy": { requireExpiration: false, maxLifetimeDays: null, allowedRoles: null },
  "POST /v1/keys": {
    id: "key_made",
    name: "a",
    description: "",
    owner: null,
    labels: {},
    roles: [{ type: "default", role: "READ_ONLY" }],
    securityLevel: "standard",
    last4: "0000",
    status: "pending",
    createdAt: "2026-11-21T08:00:00.000Z",
    expiresAt: null,
  },
};

interface HostileStore {
  readonly url: string;
  /** Every key that it was shown. */
  readonly seen: readonly string[];
}

/** Answers as our store does, but for `route`. */
async function startHostileStore(route: string, echo: Echo): Promise<HostileStore> {
  const seen: string[] = [];
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const body = await text(request);
    const key = /"key":"(\w+)"/.exec(body)?.[1];
    if (key !== undefined) seen.push(key);
    const asked = `${request.method} ${(request.url ?? "").replace(/\?.*$/, "")}`;
    const said = `${request.headers.authorization} ${key ?? body}`;
    return asked === route ? echo(said) : { status: 200, body: ROUTES[asked] ?? {} };
  };
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await answer(request);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    void reply(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => new Promise((done) => void server.close(() => done())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

async function makeProject(url: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-hostile-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, "keys"));
  await writeFile(
    join(directory, "keywright.yaml"),
    `apiVersion: keywright/v1
kind: Config
instance: acme
manifests: ["keys/*.yaml"]
store: { driver: keywright, url: "${url}", credential: { env: TOKEN } }
sinks:
  local: { driver: file, directory: .keywright/secrets }
ledger: { driver: file, directory: .keywright/ledger }
`,
  );
  await writeFile(
    join(directory, "keys/a.yaml"),
    `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: a }
spec:
  roles: [READ_ONLY]
  expires: never
  rotation: disabled
  deliverTo: [{ sink: local, path: a }]
`,
  );
  return directory;
}

const invalid: Echo = (said) => ({ status: 200, body: { valid: false, reason: `unknown: ${said}` } });

test.each([
  ["at the greeting", "GET /v1/store", refusal(422), "STORE_REJECTED"],
  ["at a listing", "GET /v1/keys", refusal(403), "STORE_FORBIDDEN"],
  ["at a creation", "POST /v1/keys", refusal(422), "STORE_REJECTED"],
  ["at a creation, as a conflict", "POST /v1/keys", refusal(409), "STORE_CONFLICT"],
  ["at a verification", "POST /v1/verify", refusal(400), "STORE_REJECTED"],
  ["as the reason why a key is not valid", "POST /v1/verify", invalid, "VERIFY_FAILED"],
])(
  "S2: neither credential nor key is told when a store says them back %s",
  async (_name, route, echo, code) => {
    const store = await startHostileStore(route, echo);
    const output = await outputOf(await makeProject(store.url), { TOKEN: CREDENTIAL });
    expect(output).toContain(code);
    expect(output).toMatch(/you sent|unknown:/);
    expect(store.seen.length > 0).toBe(route === "POST /v1/verify");
    expect(findSecrets(Buffer.from(output), [CREDENTIAL, ...store.seen])).toEqual([]);
  },
);
