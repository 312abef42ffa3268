import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Secret } from "../core/secret.ts";
import { readGitConfig } from "../git/git-config.ts";
import { gitEnvironment } from "../git/git-environment.ts";
import { openGitLedger } from "../ledger/git-ledger.ts";
import { startGitServer } from "../git/git-server.fixture.ts";
import { aRepository, ENVIRONMENT, runGitSync, type TestRepository } from "../sources/repository.fixture.ts";
import { logGitIn } from "./git-login.ts";
import type { ProcessEnvironment } from "./take-environment.ts";

const HEADER = "http.https://github.com/.extraheader";
const LOGIN = Buffer.from("x-access-token:ghs_0123").toString("base64");

function bench(): { readonly repository: TestRepository; readonly env: ProcessEnvironment } {
  const repository = aRepository();
  onTestFinished(() => repository.remove());
  return {
    repository,
    env: {
      ...ENVIRONMENT,
      SECRET: "kept",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "a.b",
      GIT_CONFIG_VALUE_0: "c",
    },
  };
}

async function login({ repository, env }: ReturnType<typeof bench>) {
  const heard: Secret[] = [];
  const place = { env, workspace: repository.path, serverUrl: "https://github.com" };
  await logGitIn(place, Secret.of("ghs_0123"), (secret) => void heard.push(secret));
  const settings = await readGitConfig({
    directory: repository.path,
    environment: gitEnvironment(env, "none"),
  });
  return { settings: new Map(settings), heard };
}

test("git is given the token of the run for its own server, besides what it had", async () => {
  const place = bench();
  const { settings, heard } = await login(place);
  expect(settings.get(HEADER)).toBe(`AUTHORIZATION: basic ${LOGIN}`);
  expect(settings.get("a.b")).toBe("c");
  expect(heard.map((secret) => secret.reveal())).toEqual([LOGIN]);
  expect(place.env["SECRET"]).toBe("kept");
});

test("a credential that the checkout left is the one that git uses", async () => {
  const place = bench();
  place.repository.git("config", HEADER, "AUTHORIZATION: basic other");
  const { settings, heard } = await login(place);
  expect(settings.get(HEADER)).toBe("AUTHORIZATION: basic other");
  expect(heard).toEqual([]);
});

test("a ledger on the server is written with it, where the checkout left no credential", async () => {
  const { repository, env } = bench();
  const root = mkdtempSync(join(tmpdir(), "keywright-login-"));
  runGitSync(root, "init", "--quiet", "--bare", "keys.git");
  runGitSync(join(root, "keys.git"), "config", "http.receivepack", "true");
  const server = await startGitServer(root, LOGIN);
  onTestFinished(async () => {
    await server.close();
    rmSync(root, { recursive: true });
  });
  const place = { env, workspace: repository.path, serverUrl: new URL(server.url).origin };
  await logGitIn(place, Secret.of("ghs_0123"), () => undefined);
  const ledger = await openGitLedger(
    { remote: `${server.url}/keys.git`, repository: repository.path, branch: "keywright-ledger" },
    {
      instance: "acme",
      clock: { now: () => new Date() },
      random: { bytes: (length) => randomBytes(length) },
      environment: env,
    },
  );
  onTestFinished(() => ledger.close());
  await ledger.claim("scanner", 0, { retiring: [], protected: false });
  expect([...(await ledger.records()).keys()]).toEqual(["scanner"]);
});
