import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KeywrightError } from "../core/error.ts";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { Ledger, StoredLedger } from "../core/ports.ts";
import { type Fate, type GitServer, startGitServer } from "../git/git-server.fixture.ts";
import { ENVIRONMENT, runGitSync } from "../sources/repository.fixture.ts";
import { createGitWorld, type GitWorld, type OpenOptions } from "./git-ledger.fixture.ts";

const TOKEN = Buffer.from("x-access-token:ghs_canary7Qm3vKx9Tz").toString("base64");
const RECORD = { retiring: [], protected: false };

let world: GitWorld;
let server: GitServer;

beforeEach(async () => {
  world = createGitWorld();
  server = await startGitServer(world.root, TOKEN);
  runGitSync(world.clone, "remote", "set-url", "origin", `${server.url}/bare.git`);
});
afterEach(async () => {
  await world.close();
  await server.close();
});

const anEvent = (name: string): EffectIntent => ({
  type: "intent",
  run: "run-1",
  at: "2026-11-21T08:15:00.000Z",
  effect: "create-key",
  kind: "ApiKey",
  name,
});

async function namesOf(from: Ledger): Promise<string[]> {
  const names: string[] = [];
  for await (const event of from.events()) names.push((event as EffectIntent).name);
  return names;
}

const faultOf = async (work: Promise<unknown>): Promise<KeywrightError> => {
  const error = await work.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (error instanceof KeywrightError) return error;
  throw new Error("it did not fail as expected", { cause: error });
};

/** As a checkout in CI leaves it in the clone's own settings. */
const setHeader = (): void => {
  appendFileSync(
    join(world.clone, ".git", "config"),
    `[http "${server.url}/"]\n\textraheader = AUTHORIZATION: basic ${TOKEN}\n`,
  );
};

async function openWithHeader(options: OpenOptions = {}): Promise<StoredLedger> {
  setHeader();
  return world.open(options);
}

const PUSH = "POST /bare.git/git-receive-pack";

/** The fates of the next pushes, one by one; from then on the network is well. */
function pushesFare(...fates: readonly Fate[]): { readonly seen: () => number } {
  let seen = 0;
  server.decide = (request) => {
    if (request !== PUSH) return "answer";
    seen += 1;
    return fates[seen - 1] ?? "answer";
  };
  return { seen: () => seen };
}

// ── Credentials ──────────────────────────────────────────────────────────────────────────────────────────

/** Git that notes its arguments before it runs. */
function notingGit(): { readonly environment: typeof ENVIRONMENT; readonly args: () => string } {
  const directory = join(world.root, "bin");
  const log = join(world.root, "argv.log");
  mkdirSync(directory);
  const script = `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\nPATH='${process.env["PATH"]}' exec git "$@"\n`;
  writeFileSync(join(directory, "git"), script, { mode: 0o755 });
  return {
    environment: { ...ENVIRONMENT, PATH: `${directory}:${process.env["PATH"]}` },
    args: () => readFileSync(log, "utf8"),
  };
}

test("S5: the header that a checkout set in the clone lets the ledger fetch and push, and stands in no argument", async () => {
  const { environment, args } = notingGit();
  const before = readFileSync(join(world.clone, ".git", "config"), "utf8");
  const ledger = await openWithHeader({ environment });
  await ledger.append(anEvent("one"));
  expect(world.pushes()).toBe(1);
  expect(args()).toContain("push --porcelain");
  expect(args()).not.toContain(TOKEN);
  expect(args()).not.toContain("canary");
  expect(readFileSync(join(world.clone, ".git", "config"), "utf8").startsWith(before)).toBe(true);
  expect(existsSync(join(world.clone, ".git", "refs", "remotes"))).toBe(false);
});

test("a header in a file that the clone includes for itself alone works too", async () => {
  const file = join(world.root, "credentials.config");
  writeFileSync(file, `[http "${server.url}/"]\n\textraheader = AUTHORIZATION: basic ${TOKEN}\n`);
  runGitSync(world.clone, "config", `includeIf.gitdir:${world.clone}/.git.path`, file);
  const ledger = await world.open();
  await ledger.append(anEvent("one"));
  expect(await namesOf(ledger)).toEqual(["one"]);
});

test("a header of the user's own settings is sent once", async () => {
  const global = join(world.root, "gitconfig");
  writeFileSync(global, `[http "${server.url}/"]\n\textraheader = AUTHORIZATION: basic ${TOKEN}\n`);
  const ledger = await world.open({ environment: { ...ENVIRONMENT, GIT_CONFIG_GLOBAL: global } });
  await ledger.append(anEvent("one"));
  expect(world.pushes()).toBe(1);
});

test("a header in the environment's own settings of git works", async () => {
  const environment = {
    ...ENVIRONMENT,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${server.url}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${TOKEN}`,
  };
  await (await world.open({ environment })).append(anEvent("one"));
  expect(world.pushes()).toBe(1);
});

test("S5: a credential in the clone's address works, and is in no argument of ours and in no message", async () => {
  const { environment, args } = notingGit();
  const address = server.url.replace("http://", `http://${Buffer.from(TOKEN, "base64").toString()}@`);
  runGitSync(world.clone, "remote", "set-url", "origin", `${address}/bare.git`);
  const ledger = await world.open({ environment });
  await ledger.append(anEvent("one"));
  pushesFare("forbid", "forbid", "forbid", "forbid");
  const fault = await faultOf(ledger.append(anEvent("two")));
  server.decide = () => "drop";
  const other = await faultOf((await world.open({ environment })).records());
  expect(other.message).toContain(`cannot reach branch keywright-ledger of ${server.url}/bare.git`);
  expect(args()).not.toContain("canary");
  for (const { message, hint, cause } of [fault, other]) {
    expect(JSON.stringify([message, hint, String(cause)])).not.toContain("canary");
  }
});

test("without a credential it is told that one is needed", async () => {
  const fault = await faultOf((await world.open()).append(anEvent("one")));
  expect(fault).toMatchObject({
    code: "LEDGER_UNUSABLE",
    message: expect.stringContaining("may not read branch keywright-ledger of"),
    hint: expect.stringContaining("credential"),
  });
});

test("a credential that may only read is told as that, with the permission that a workflow needs", async () => {
  const ledger = await openWithHeader();
  const { seen } = pushesFare("forbid", "forbid");
  const fault = await faultOf(ledger.append(anEvent("one")));
  expect(fault).toMatchObject({
    code: "LEDGER_UNUSABLE",
    message: expect.stringContaining("may not write branch keywright-ledger of"),
    hint: expect.stringContaining("contents: write"),
  });
  expect(seen()).toBe(1);
});

// ── Answers that are lost ────────────────────────────────────────────────────────────────────────────────

test("a write whose answer is lost is in once, and is not reported as failed", async () => {
  const ledger = await openWithHeader();
  pushesFare("cut");
  await ledger.append(anEvent("one"));
  expect(world.pushes()).toBe(1);
  expect(await namesOf(ledger)).toEqual(["one"]);
  pushesFare("answer", "cut", "cut");
  const lease = await ledger.lease({ run: "run-1", description: "me" }, 0);
  ledger.note(anEvent("noted"));
  expect(await ledger.claim("scanner", 0, RECORD, [anEvent("two")])).toMatchObject({ version: 1 });
  await ledger.append(anEvent("three"));
  expect(lease.lost.aborted).toBe(false);
  expect(await namesOf(await world.open())).toEqual(["one", "noted", "two", "three"]);
  expect(world.pushes()).toBe(4);
});

test("a write that never arrived is sent again", async () => {
  const ledger = await openWithHeader();
  const { seen } = pushesFare("drop", "drop");
  await ledger.append(anEvent("one"));
  expect(seen()).toBe(3);
  expect(world.pushes()).toBe(1);
  expect(await namesOf(ledger)).toEqual(["one"]);
});

test("a write whose answer is lost while others write is in once", async () => {
  const ledger = await openWithHeader();
  const other = await world.open();
  await ledger.append(anEvent("one"));
  await other.append(anEvent("two"));
  pushesFare("cut", "drop", "cut", "drop", "cut", "drop", "cut");
  await Promise.all([
    ...["a", "b", "c"].map((name) => ledger.append(anEvent(name))),
    ...["d", "e", "f"].map((name) => other.append(anEvent(name))),
  ]);
  expect((await namesOf(ledger)).toSorted()).toEqual(["a", "b", "c", "d", "e", "f", "one", "two"]);
});

test("when nobody can be asked it is said that the outcome is open; what arrived is taken up, and nothing twice", async () => {
  const ledger = await openWithHeader();
  await ledger.append(anEvent("one"));
  let isDown = false;
  server.decide = (request) => {
    if (isDown) return "drop";
    isDown = request === PUSH;
    return isDown ? "cut" : "answer";
  };
  ledger.note(anEvent("noted"));
  const fault = await faultOf(ledger.claim("scanner", 0, RECORD, [anEvent("two")]));
  expect(fault.code).toBe("LEDGER_UNUSABLE");
  expect(fault.message).toContain("whether the write before it arrived is not known");
  expect((await faultOf(ledger.append(anEvent("three")))).code).toBe("LEDGER_UNUSABLE");
  isDown = false;
  server.decide = () => "answer";
  await ledger.append(anEvent("four"));
  expect((await ledger.records()).get("scanner")?.version).toBe(1);
  expect(await namesOf(ledger)).toEqual(["one", "noted", "two", "four"]);
});

test("when nobody can be asked and the write did not arrive, its notes are kept for the next one", async () => {
  const ledger = await openWithHeader();
  await ledger.append(anEvent("one"));
  let isDown = false;
  server.decide = (request) => {
    isDown ||= request === PUSH;
    return isDown ? "drop" : "answer";
  };
  ledger.note(anEvent("noted"));
  expect((await faultOf(ledger.append(anEvent("two")))).code).toBe("LEDGER_UNUSABLE");
  server.decide = () => "answer";
  await ledger.append(anEvent("three"));
  expect(await namesOf(ledger)).toEqual(["one", "noted", "three"]);
});

test("a write that comes in long after it was given up is taken up then, and its notes are not written twice", async () => {
  const ledger = await openWithHeader();
  await ledger.append(anEvent("one"));
  let isDown = false;
  server.decide = (request) => {
    if (isDown) return "drop";
    isDown = request === PUSH;
    return isDown ? "late" : "answer";
  };
  ledger.note(anEvent("noted"));
  expect((await faultOf(ledger.claim("scanner", 0, RECORD, [anEvent("two")]))).code).toBe("LEDGER_UNUSABLE");
  server.decide = async (request): Promise<Fate> => {
    if (request === PUSH) await server.runLate();
    return "answer";
  };
  expect((await ledger.records()).size).toBe(0);
  ledger.note(anEvent("noted too"));
  await ledger.append(anEvent("three"));
  expect((await ledger.records()).get("scanner")?.version).toBe(1);
  expect(await namesOf(await world.open())).toEqual(["one", "noted", "two", "noted too", "three"]);
});

test("a refused push through http leaves nothing behind, and the next one works", async () => {
  const ledger = await openWithHeader();
  await ledger.append(anEvent("one"));
  pushesFare("forbid");
  expect((await faultOf(ledger.append(anEvent("two")))).message).toContain("may not write");
  await ledger.append(anEvent("three"));
  expect(await namesOf(ledger)).toEqual(["one", "three"]);
});
