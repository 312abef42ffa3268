/** A reconciler at work on a tenant that lies: what it does, whether anything is lost, and how it all ends. */

import { expect, onTestFinished } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { digestOf } from "../../src/core/digest.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import { isKeywrightError } from "../../src/core/error.ts";
import { compareText } from "../../src/core/issue.ts";
import type { LiveKey } from "../../src/core/live.ts";
import { isEmpty } from "../../src/core/plan.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import type { KeyRequest } from "../../src/core/request.ts";
import type { RunRecord } from "../../src/core/run.ts";
import { createMemoryHistory, openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { World } from "../../src/reconcile/world.ts";
import { RANDOM } from "../../src/server/server.fixture.ts";
import { createMemorySink } from "../../src/sinks/memory.ts";
import { openTenant, type Tenant, type Vendor } from "./tenant.fixture.ts";

export interface HostileRun {
  /** Absent when the run ended with an error. */
  readonly record?: RunRecord;
  /** The error that ended the run, or those of its changes; and the codes of what is left alone. */
  readonly codes: readonly string[];
  /** All that was said of them. */
  readonly told: string;
  /** Requests that create, change or revoke. */
  readonly writes: number;
}

export interface HostileScene extends Tenant {
  declare(...names: readonly string[]): void;
  /** All of them with `over`. */
  declareWith(over: Partial<DesiredKey>, ...names: readonly string[]): void;
  /** A new process that plans and applies. Throws when a consumer that reads its slot is not served afterwards. */
  run(requests?: readonly KeyRequest[]): Promise<HostileRun>;
  /** What the store really holds. */
  held(): Promise<readonly LiveKey[]>;
  /** An active key that a person makes with this text; its id. */
  makeMarked(text: string): Promise<string>;
  revokeByHand(id: string): Promise<void>;
  /** What consumers of `name` read. */
  valueOf(name: string): string | undefined;
  heldOf(name: string): Promise<readonly LiveKey[]>;
  /** The proxy tells the truth again: three runs, and one a day later, settle everything. */
  expectSettled(): Promise<void>;
}

const INSTANCE = "acme-prod";

export async function openScene(vendor: Vendor): Promise<HostileScene> {
  const tenant = await openTenant(vendor);
  const { server, proxy } = tenant;
  const { clock } = server;
  const direct = tenant.openDirect();
  onTestFinished(async () => {
    await direct.close();
    await tenant.close();
  });
  const history = createMemoryHistory();
  const sink = createMemorySink({ clock });
  let keys: readonly DesiredKey[] = [];
  const foreign = new Set((await listAll(direct)).map(({ id }) => id));

  const withWorld = async <T>(act: (world: World) => Promise<T>): Promise<T> => {
    const store = tenant.openStore();
    const ledger = openMemoryLedger(history, { clock });
    const desired = { instance: INSTANCE, keys, roles: [] };
    const world: World = {
      load: () =>
        Promise.resolve({
          desired,
          source: { type: "directory", location: "test" },
          manifestDigest: digestOf(desired),
          notices: [],
        }),
      store,
      sinks: new Map([["local", sink]]),
      ledger,
      clock,
      random: RANDOM,
      limits: { maxRevocations: 3, maxRevocationsPercent: 100, protectedKeys: [], ownKeyIds: [] },
      concurrency: store.capabilities.concurrency,
    };
    try {
      return await act(world);
    } finally {
      await ledger.close();
      await store.close();
    }
  };

  const expectServed = async (): Promise<void> => {
    for (const { name, deliverTo } of keys) {
      const value = deliverTo[0] && sink.peek(deliverTo[0]);
      if (value)
        expect(await direct.verify(value.secret), `the value of ${name}`).toMatchObject({ valid: true });
    }
    const ids = new Set((await listAll(direct)).map(({ id }) => id));
    expect(
      [...foreign].filter((id) => !ids.has(id)),
      "keys of others that are gone",
    ).toEqual([]);
  };

  const run: HostileScene["run"] = async (requests = []) => {
    const before = proxy.requests.length;
    const result = await withWorld((world) => runOnce(world, requests));
    await expectServed();
    const writes = proxy.requests.slice(before).filter(vendor.dialect.isWrite).length;
    return { ...result, writes };
  };

  const heldOf: HostileScene["heldOf"] = async (name) =>
    (await listAll(direct)).filter(({ marker }) => marker?.instance === INSTANCE && marker.name === name);

  return {
    ...tenant,
    declare: (...names) => {
      keys = names.map((name) => aKey(name, vendor.roles));
    },
    declareWith: (over, ...names) => {
      keys = names.map((name) => ({ ...aKey(name, vendor.roles), ...over }));
    },
    run,
    held: () => listAll(direct),
    heldOf,
    makeMarked: async (text) => (await vendor.makeByHand(server, "Of a person", text)).id,
    revokeByHand: (id) => direct.revoke({ kind: "ApiKey", id }),
    valueOf: (name) => sink.peek({ sink: "local", path: name })?.secret.reveal(),
    expectSettled: async () => {
      proxy.twist();
      for (let count = 0; count < 3; count += 1) if ((await run()).record?.result === "no-change") break;
      clock.advance(25 * HOUR_MS);
      await run();
      await withWorld(async (world) => {
        const { plan } = await makePlan(world);
        expect(plan.changes).toEqual([]);
        expect(plan.blocked).toEqual([]);
        expect(isEmpty(plan)).toBe(true);
      });
      expect((await run()).writes).toBe(0);
      const ours = (await listAll(direct)).filter(({ marker }) => marker?.instance === INSTANCE);
      const names = ours.map(({ marker }) => marker?.name ?? "");
      expect(names.toSorted(compareText)).toEqual(keys.map(({ name }) => name).toSorted(compareText));
      for (const { deliverTo } of keys) expect(deliverTo[0] && sink.peek(deliverTo[0])).toBeDefined();
    },
  };
}

const aKey = (name: string, roles: DesiredKey["roles"]): DesiredKey => ({
  kind: "ApiKey",
  name,
  previousNames: [],
  labels: {},
  displayName: name,
  description: "made by a manifest",
  roles,
  expires: { type: "after", ms: 90 * DAY_MS },
  rotation: { trigger: { type: "at", fraction: 0.66 }, overlapMs: 24 * HOUR_MS },
  securityLevel: "standard",
  protected: false,
  deliverTo: [{ sink: "local", path: name }],
  origin: { file: `keys/${name}.yaml`, line: 1, column: 1 },
});

async function runOnce(world: World, requests: readonly KeyRequest[]): Promise<Omit<HostileRun, "writes">> {
  try {
    const { plan } = await makePlan(world, { requests });
    const record = await applyPlan(plan, world, { leaseWaitMs: 0, holder: "test" });
    const errors = record.changes.flatMap(({ error }) => error ?? []);
    const codes = [...errors, ...record.blocked].map(({ code }) => code);
    return { record, codes, told: JSON.stringify([errors, record.blocked]) };
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    return { codes: [error.code], told: `${error.message} ${error.hint}` };
  }
}

async function listAll(store: KeyStore): Promise<readonly LiveKey[]> {
  const keys: LiveKey[] = [];
  for await (const key of store.list("ApiKey")) keys.push(key);
  return keys;
}
