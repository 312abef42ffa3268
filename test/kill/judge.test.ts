/** A judge that finds nothing proves nothing: each promise is broken once, by hand, and has to be missed. */

import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createKey } from "../../src/core/key-format.ts";
import type { Project } from "../e2e/project.fixture.ts";
import { Consumers } from "./consumers.fixture.ts";
import { Judge } from "./judge.fixture.ts";
import { createTrialProject, firstStage, readPlace, type Stage } from "./trial-project.fixture.ts";
import { ownedBy, type OwnTrialStore, serveTrialStore } from "./trial-store.fixture.ts";

// Several starts of the command line each: long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let store: OwnTrialStore;
beforeAll(async () => {
  store = await serveTrialStore();
});
afterAll(() => store.close());

let instances = 0;
let instance: string;
let project: Project;
let stage: Stage;
let judge: Judge;

beforeEach(async () => {
  instances += 1;
  instance = `judged-${instances}`;
  stage = firstStage(`${instance}-role`, store.roles);
  project = await createTrialProject(instance, store.settings(store.url), 8);
  onTestFinished(() => project.remove());
  await project.write(stage.files);
  await project.run(["apply", "--yes"], { env: { STORE_TOKEN: store.token } });
  judge = new Judge(project, store, instance);
});

const RISING = { path: ".keywright/secrets/ci/rising" };
const places = (): Stage["keys"][number]["places"] => stage.keys.flatMap((key) => key.places);
const keyOf = async (name: string) => {
  const key = ownedBy(await store.keys(), instance).find(({ marker }) => marker.name === name);
  if (!key) throw new Error(`there is no ${name}`);
  return key;
};

const asAdministrator = (path: string, method: string, body?: object): Promise<Response> =>
  fetch(`${store.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${store.token}`,
      ...(body && { "content-type": "application/json", "idempotency-key": randomBytes(8).toString("hex") }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });

test("where all is well, nothing is missed", async () => {
  expect(await judge.converged(stage.keys)).toEqual([]);
  expect(await judge.afterDeath(places(), 1)).toEqual([]);
});

test("a slot without its value, or with another one, is seen", async () => {
  await rm(join(project.directory, RISING.path));
  expect(await judge.converged(stage.keys)).toContain(
    ".keywright/secrets/ci/rising does not hold the current key of rising",
  );
  const other = (await readPlace(project, { path: ".keywright/secrets/ci/kept" })) ?? "";
  await writeFile(join(project.directory, RISING.path), other);
  expect(await judge.converged(stage.keys)).toContain(
    ".keywright/secrets/ci/rising does not hold the current key of rising",
  );
});

test("I2: a revoked key is seen, by the judge and by who uses it", async () => {
  const consumers = new Consumers(project, store);
  consumers.employAt([RISING]);
  await consumers.visitAll();
  expect(consumers.refusals).toEqual([]);
  await asAdministrator(`/v1/keys/${(await keyOf("rising")).id}`, "DELETE");
  expect(await judge.converged(stage.keys)).toContain(
    "the current key of rising is not active, or not as marked",
  );
  await consumers.visitOne(0);
  expect(consumers.refusals).toEqual([
    "a consumer was refused with the value that it still uses, from .keywright/secrets/ci/rising",
  ]);
});

test("I2: a place that became empty is seen by who reads it", async () => {
  const consumers = new Consumers(project, store);
  consumers.employAt([RISING]);
  await consumers.visitAll();
  await rm(join(project.directory, RISING.path));
  await consumers.visitAll();
  expect(consumers.refusals).toEqual([".keywright/secrets/ci/rising became empty"]);
});

test("I1, I5: an active key that nobody has is an orphan, and one too many of its name", async () => {
  const { labels, marker } = await keyOf("rising");
  const made = await asAdministrator("/v1/keys", "POST", {
    name: "rising",
    labels: {
      ...labels,
      "keywright/instance": instance,
      "keywright/name": "rising",
      "keywright/generation": String(marker.generation + 1),
      "keywright/operation": "abcdefghjkmn",
    },
    roles: [{ type: "default", role: "READ_ONLY" }],
  });
  expect(made.status).toBe(201);
  expect(await judge.converged(stage.keys)).toEqual(["rising g2 is an orphan (pending)"]);
  expect(await judge.afterDeath(places(), 2)).toEqual([]);
  const { id } = (await made.json()) as { id: string };
  await asAdministrator(`/v1/keys/${id}/activate`, "POST");
  expect(await judge.converged(stage.keys)).toEqual(["rising g2 is an orphan (active)"]);
  expect(await judge.afterDeath(places(), 1)).toEqual([
    "I1: rising g2 is active and in no sink",
    "I5: rising has 2 live keys",
  ]);
});

test("a value that was left in a pending stage, and a draft, are seen", async () => {
  const value = createKey({ prefix: "kw", environment: "live" }, { bytes: (n) => randomBytes(n) }).reveal();
  const text = JSON.stringify({ stamp: {}, secret: value });
  await mkdir(join(project.directory, ".keywright/secrets/.pending"), { recursive: true });
  await project.write({ ".keywright/secrets/.pending/x.json": text, ".keywright/secrets/ci/.kw-1.tmp": "" });
  expect(await judge.converged(stage.keys)).toEqual([
    "a value still waits in a pending stage",
    "a draft was left: secrets/ci/.kw-1.tmp",
  ]);
});

test("I7: a request without its intent is seen", async () => {
  const request = { number: 1, body: "", fault: "forward", headers: {} } as const;
  const { id } = await keyOf("rising");
  expect(await judge.unannounced({ ...request, method: "DELETE", path: `/v1/keys/${id}` })).toEqual([
    `I7: revoke-key "target":"${id}" came without an intent`,
  ]);
  expect(await judge.unannounced({ ...request, method: "GET", path: "/v1/keys" })).toEqual([]);
  const path = `/v1/roles/${instance}-role`;
  expect(await judge.unannounced({ ...request, method: "PUT", path })).toEqual([]);
});

test("a ledger whose chain is broken is seen", async () => {
  const path = ".keywright/ledger/ledger.jsonl";
  await project.write({ [path]: (await project.read(path)).replace("rising", "risink") });
  await expect(judge.converged(stage.keys)).rejects.toMatchObject({ code: "LEDGER_CORRUPT" });
});
