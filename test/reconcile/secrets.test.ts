/** Secrets of the store whose values lie in sinks, and what a process that dies on the way leaves of them. */

import { expect, test } from "vitest";
import type { DesiredSecret } from "../../src/core/desired.ts";
import type { KeyRecord } from "../../src/core/key-record.ts";
import type { Change } from "../../src/core/change.ts";
import { KeywrightError } from "../../src/core/error.ts";
import { fingerprintOf } from "../../src/core/key-format.ts";
import { DAY_MS } from "../../src/core/duration.ts";
import { isEmpty } from "../../src/core/plan.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { Secret } from "../../src/core/secret.ts";
import { aKey, createUniverse, type Fuse, type Process, type Universe } from "./memory-world.fixture.ts";

const SLOT = { sink: "local", path: "partner/token" };
const VALUE = "hunter2-canary-value";

const aSecret = (over: Partial<DesiredSecret> = {}): DesiredSecret => ({
  kind: "Secret",
  name: "partner",
  tag: "partner",
  displayName: "Partner",
  valueFrom: SLOT,
  origin: { file: "keys/partner.yaml", line: 1, column: 1 },
  ...over,
});

/** As a person puts it there. */
async function put(universe: Universe, text = VALUE, slot = SLOT): Promise<void> {
  const secret = Secret.of(text);
  const stamp = { key: "hand", operation: "hand", generation: 1, fingerprint: fingerprintOf(secret) };
  await universe.sinks.get(slot.sink)?.write(slot, "current", secret, stamp);
}

function declare(universe: Universe, ...secrets: DesiredSecret[]): void {
  universe.desired = { ...universe.desired, secrets };
}

async function withSecret(...secrets: DesiredSecret[]): Promise<Universe> {
  const universe = createUniverse();
  await put(universe);
  declare(universe, ...secrets);
  return universe;
}

const lines = (changes: readonly Change[]): readonly string[] =>
  changes.map(
    (change) =>
      `${change.action} ${change.kind} ${change.name}${"fields" in change ? ` (${change.fields.map(({ field }) => field).join(", ")})` : ""}`,
  );

const plannedBy = async (process: Process): Promise<readonly string[]> =>
  lines((await process.plan()).plan.changes);
const valueOf = ({ store }: Universe, tag = "partner"): string | undefined =>
  store.neighbours.peekValue(tag)?.reveal();

/** All that the ledger has ever been told, and what a plan says. */
async function told(universe: Universe): Promise<string> {
  const { plan } = await universe.boot().plan();
  return JSON.stringify([universe.history, [...universe.history.table.values()], plan]);
}

const recordOf = (universe: Universe): KeyRecord | undefined =>
  universe.history.table.get("secret/partner")?.record ?? undefined;

test("a secret gets the value that lies in the sink, and the next plan is empty", async () => {
  const universe = await withSecret(aSecret());
  expect((await universe.boot().run())?.result).toBe("applied");
  expect(valueOf(universe)).toBe(VALUE);
  expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
});

test("S2: no part of the value is in the ledger, in a plan, or in a plain digest of it", async () => {
  const universe = await withSecret(aSecret());
  await universe.boot().run();
  await put(universe, `${VALUE}-2`);
  const text = await told(universe);
  expect(text).not.toContain("hunter2");
  expect(text).not.toContain(fingerprintOf(Secret.of(VALUE)));
  expect(recordOf(universe)?.secret?.fingerprint).toMatch(/^scrypt\$04\$8\$1\$/);
});

test("another value in the sink, or another name in the store, is drift; the same value is none", async () => {
  const universe = await withSecret(aSecret());
  await universe.boot().run();
  await put(universe, "another-value");
  expect(await plannedBy(universe.boot())).toEqual(["update Secret partner (value)"]);
  await universe.boot().run();
  expect(valueOf(universe)).toBe("another-value");
  const [{ id } = { id: "" }] = universe.store.neighbours.secrets();
  universe.store.neighbours.updateSecret({ kind: "Secret", id, displayName: "Renamed by hand" });
  expect(await plannedBy(universe.boot())).toEqual(["update Secret partner (displayName)"]);
  await universe.boot().run();
  expect(universe.store.neighbours.secrets()[0]?.displayName).toBe("Partner");
  expect(valueOf(universe)).toBe("another-value");
});

test("I4: a secret that somebody else made is never written, and never revoked", async () => {
  const universe = await withSecret(aSecret());
  universe.store.neighbours.createSecret({
    tag: "partner",
    displayName: "Partner",
    value: Secret.of("theirs"),
  });
  const { plan } = await universe.boot().plan();
  expect(plan.blocked.map(({ code }) => code)).toEqual(["SECRET_FOREIGN"]);
  await universe.boot().run();
  declare(universe);
  await universe.boot().run();
  expect(valueOf(universe)).toBe("theirs");
});

test("I4: one that somebody makes between plan and create stays theirs, also for the next run", async () => {
  const universe = await withSecret(aSecret());
  const { plan } = await universe.boot().plan();
  expect(plan.changes).toHaveLength(1);
  const process = universe.boot();
  const { store } = process.world;
  const quicker: KeyStore = {
    ...store,
    create: (request, signal) => {
      const theirs = { tag: "partner", displayName: "Partner", value: Secret.of("theirs") };
      universe.store.neighbours.createSecret(theirs);
      return store.create(request, signal);
    },
  };
  Object.assign(process.world, { store: quicker });
  const record = await process.run();
  expect(record?.changes.map(({ outcome }) => outcome)).toEqual(["failed"]);
  expect(recordOf(universe)).toBeUndefined();
  expect((await universe.boot().plan()).plan.blocked.map(({ code }) => code)).toEqual(["SECRET_FOREIGN"]);
  expect(valueOf(universe)).toBe("theirs");
});

/** Its store answers creates as `create` does. */
function creating(process: Process, create: KeyStore["create"]): Process {
  Object.assign(process.world, { store: { ...process.world.store, create } });
  return process;
}

const noAnswer = (): Promise<never> =>
  Promise.reject(new KeywrightError("STORE_OUTCOME_UNKNOWN", "no answer came"));

const ours = { tag: "partner", displayName: "Partner", value: Secret.of(VALUE) };

test.each(["STORE_REJECTED", "STORE_UNAUTHORIZED", "STORE_BUSY"] as const)(
  "a create that comes late stays ours when the next run meets %s",
  async (code) => {
    const universe = await withSecret(aSecret());
    await creating(universe.boot(), noAnswer).run();
    await creating(universe.boot(), () => {
      universe.store.neighbours.createSecret(ours);
      return Promise.reject(new KeywrightError(code, "the store says no"));
    }).run();
    expect((await universe.boot().plan()).plan.blocked).toEqual([]);
    await universe.boot().run();
    expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
    expect(valueOf(universe)).toBe(VALUE);
  },
);

test("I4: a create that never came to anything claims nothing once its manifest is gone", async () => {
  const universe = await withSecret(aSecret());
  universe.declare(aKey("a"));
  declare(universe, aSecret());
  await creating(universe.boot(), noAnswer).run();
  declare(universe);
  universe.store.neighbours.createSecret({ ...ours, value: Secret.of("theirs") });
  for (let run = 0; run < 2; run += 1) await universe.boot().run();
  expect(valueOf(universe)).toBe("theirs");
  declare(universe, aSecret());
  universe.clock.advance(8 * DAY_MS);
  const { plan } = await universe.boot().plan();
  expect(plan.blocked.map(({ code }) => code)).toEqual(["SECRET_FOREIGN"]);
  expect(valueOf(universe)).toBe("theirs");
});

test("I4: a create that a week has not brought claims nothing, though its manifest stays", async () => {
  const universe = await withSecret(aSecret());
  await creating(universe.boot(), noAnswer).run();
  await universe.sinks.get(SLOT.sink)?.remove(SLOT, "current");
  universe.clock.advance(7 * DAY_MS);
  universe.store.neighbours.createSecret({ ...ours, value: Secret.of("theirs") });
  await put(universe);
  await universe.boot().run();
  expect((await universe.boot().plan()).plan.blocked.map(({ code }) => code)).toEqual(["SECRET_FOREIGN"]);
  expect(valueOf(universe)).toBe("theirs");
});

test("one that was deleted in the store comes back", async () => {
  const universe = await withSecret(aSecret());
  await universe.boot().run();
  universe.store.neighbours.revokeSecret(universe.store.neighbours.secrets()[0]?.id ?? "");
  expect(await plannedBy(universe.boot())).toEqual(["create Secret partner"]);
  await universe.boot().run();
  expect(valueOf(universe)).toBe(VALUE);
  expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
});

test("G7: a manifest that is gone takes its secret with it, within the budget of revocations", async () => {
  const universe = await withSecret(...["a", "b", "c", "d", "e"].map((name) => aSecret({ name, tag: name })));
  await universe.boot().run();
  expect(universe.store.neighbours.secrets()).toHaveLength(5);
  declare(universe, aSecret({ name: "e", tag: "e" }));
  const { plan } = await universe.boot().plan();
  expect(plan.violations.map(({ guard, names }) => [guard, names])).toEqual([
    ["revocation-count", ["secret/a", "secret/b", "secret/c", "secret/d"]],
  ]);
  declare(universe, aSecret({ name: "d", tag: "d" }), aSecret({ name: "e", tag: "e" }));
  await universe.boot().run();
  expect(universe.store.neighbours.secrets().map(({ tag }) => tag)).toEqual(["d", "e"]);
  const recorded = [...universe.history.table].filter(([, { record }]) => record).map(([name]) => name);
  expect(recorded.filter((name) => name.startsWith("secret/"))).toEqual(["secret/d", "secret/e"]);
});

test("no manifest at all is refused, as it is for keys", async () => {
  const universe = await withSecret(aSecret());
  await universe.boot().run();
  declare(universe);
  const { plan } = await universe.boot().plan();
  expect(plan.violations.map(({ guard }) => guard)).toEqual(["empty-desired-set"]);
});

const FED = { sink: "local", path: "a" };

test("a secret that takes its value from a key's slot has the new key in the run that mints it, and in each that rotates it", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a"));
  declare(universe, aSecret({ valueFrom: FED }));
  expect(await plannedBy(universe.boot())).toEqual(["create ApiKey a", "create Secret partner"]);
  await universe.boot().run();
  const first = universe.sinks.get("local")?.peek(FED)?.secret.reveal();
  expect(valueOf(universe)).toBe(first);
  universe.clock.advance(70 * DAY_MS);
  await universe.boot().run();
  expect(valueOf(universe)).not.toBe(first);
  expect(valueOf(universe)).toBe(universe.sinks.get("local")?.peek(FED)?.secret.reveal());
  universe.clock.advance(2 * DAY_MS);
  await universe.boot().run();
  expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
});

const outOfOrder = (): Promise<never> => Promise.reject(new Error("the store is out of order"));

/** Its store changes nothing in place. */
function refuse(process: Process): Process {
  Object.assign(process.world, { store: { ...process.world.store, update: outOfOrder } });
  return process;
}

test("I2: a replaced key is not retired while a secret of the store still holds it", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a"));
  declare(universe, aSecret({ valueFrom: FED }));
  await universe.boot().run();
  const first = valueOf(universe);
  universe.clock.advance(70 * DAY_MS);
  await refuse(universe.boot()).run();
  universe.clock.advance(2 * DAY_MS);
  const held = await refuse(universe.boot()).run();
  expect(held?.changes.map(({ kind, action, outcome }) => `${action} ${kind} ${outcome}`)).toEqual([
    "update Secret failed",
    "revoke ApiKey not-run",
  ]);
  expect(await universe.store.verify(Secret.of(first ?? ""))).toMatchObject({ valid: true });
  await universe.boot().run();
  expect(await universe.store.verify(Secret.of(first ?? ""))).toMatchObject({ valid: false });
});

test("I2: nor is it while that secret is none to write to", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a"));
  declare(universe, aSecret({ valueFrom: FED }));
  await universe.boot().run();
  const first = valueOf(universe);
  declare(universe, aSecret({ valueFrom: FED, tag: "another" }));
  universe.clock.advance(70 * DAY_MS);
  await universe.boot().run();
  universe.clock.advance(2 * DAY_MS);
  const { plan } = await universe.boot().plan();
  expect([lines(plan.changes), plan.blocked.map(({ code }) => code)]).toEqual([[], ["SECRET_TAG_FIXED"]]);
  await universe.boot().run();
  expect(await universe.store.verify(Secret.of(first ?? ""))).toMatchObject({ valid: true });
  declare(universe, aSecret({ valueFrom: FED }));
  await universe.boot().run();
  expect(await universe.store.verify(Secret.of(first ?? ""))).toMatchObject({ valid: false });
});

test("name and value of one secret are written one after the other", async () => {
  const universe = await withSecret(aSecret());
  await universe.boot().run();
  await put(universe, "another-value");
  declare(universe, aSecret({ displayName: "Renamed" }));
  const process = universe.boot();
  const { store } = process.world;
  let underWay = 0;
  let most = 0;
  const counted: KeyStore["update"] = async (request, signal) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await store.update(request, signal);
    underWay -= 1;
  };
  Object.assign(process.world, { store: { ...store, update: counted } });
  expect((await process.run())?.changes.map(({ outcome }) => outcome)).toEqual(["applied", "applied"]);
  expect(most).toBe(1);
  expect(universe.store.neighbours.secrets()[0]?.displayName).toBe("Renamed");
  expect(valueOf(universe)).toBe("another-value");
});

test("a request for one key leaves secrets alone but for those that it feeds", async () => {
  const universe = await withSecret(aSecret(), aSecret({ name: "fed", tag: "fed", valueFrom: FED }));
  universe.declare(aKey("a"), aKey("b"));
  await universe.boot().run();
  await put(universe, "another-value");
  const before = valueOf(universe, "fed");
  const record = await universe.boot().run(undefined, [{ type: "rotate", name: "a", reason: "test" }]);
  expect(record?.changes.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["ApiKey a", "Secret fed"]);
  expect(valueOf(universe, "fed")).not.toBe(before);
  expect(valueOf(universe)).toBe(VALUE);
});

interface Scenario {
  readonly name: string;
  /** Brings a universe to the moment before the run that dies. */
  readonly set: () => Promise<Universe>;
  /** What every such universe comes to. */
  readonly end: string | undefined;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "a new secret", set: () => withSecret(aSecret()), end: VALUE },
  {
    name: "a new value",
    set: async () => {
      const universe = await withSecret(aSecret());
      await universe.boot().run();
      await put(universe, "another-value");
      return universe;
    },
    end: "another-value",
  },
  {
    name: "a removed manifest",
    set: async () => {
      const universe = await withSecret(aSecret());
      universe.declare(aKey("a"));
      await universe.boot().run();
      declare(universe);
      return universe;
    },
    end: undefined,
  },
];

const MOMENTS = ["before", "after"] as const;

test.each(SCENARIOS)(
  "$name: whichever operation a process dies at, the next runs settle it",
  async ({ set, end }) => {
    const whole = (await set()).boot();
    await whole.run();
    expect(whole.operations()).toBeGreaterThan(8);
    for (let at = 0; at < whole.operations(); at += 1) {
      for (const when of MOMENTS) await dieAndSettle(await set(), { at, when }, end);
    }
  },
);

async function dieAndSettle(universe: Universe, fuse: Fuse, end: string | undefined): Promise<void> {
  const where = `${fuse.when} ${fuse.at}`;
  await universe.boot(fuse).run();
  universe.clock.advance(DAY_MS);
  for (let run = 0; run < 2; run += 1) await universe.boot().run();
  const { plan } = await universe.boot().plan();
  expect([plan.changes, plan.blocked], where).toEqual([[], []]);
  expect(valueOf(universe), where).toBe(end);
  const all = universe.store.neighbours.secrets().map(({ tag }) => tag);
  expect(all, where).toEqual(end === undefined ? [] : ["partner"]);
  expect(await told(universe), where).not.toMatch(/hunter2|another-value/);
}
