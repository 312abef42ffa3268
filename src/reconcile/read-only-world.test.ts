import { expect, test } from "vitest";
import { aKey, createUniverse } from "../../test/reconcile/memory-world.fixture.ts";
import { isKeywrightError } from "../core/error.ts";
import type { KeyStore, Ledger, SecretSink } from "../core/ports.ts";
import { makePlan } from "./make-plan.ts";
import { readOnlyWorld } from "./read-only-world.ts";
import type { World } from "./world.ts";

type Methods<P> = {
  readonly [M in keyof P as P[M] extends (...args: never[]) => unknown ? M : never]: boolean;
};

/** Whether it changes something. Complete: a method more in a port does not compile here. */
const STORE: Methods<KeyStore> = {
  list: false,
  examine: false,
  close: false,
  create: true,
  update: true,
  revoke: true,
  verify: true,
};
const SINK: Methods<SecretSink> = { read: false, inspect: false, probe: false, write: true, remove: true };
const LEDGER: Methods<Ledger> = {
  records: false,
  events: false,
  close: false,
  claim: true,
  append: true,
  note: true,
  lease: true,
};

/** Ports that only count who called them. */
function listening(): { readonly world: World; readonly heard: string[] } {
  const heard: string[] = [];
  const port = (name: string, facts: object): object =>
    new Proxy(facts, {
      get: (target, member) =>
        member in target ? Reflect.get(target, member) : () => void heard.push(`${name}.${String(member)}`),
    });
  const { world } = createUniverse().boot();
  const store = port("store", { identity: "memory", capabilities: world.store.capabilities }) as KeyStore;
  const sink = port("sink", { capabilities: {} }) as SecretSink;
  return {
    heard,
    world: { ...world, store, sinks: new Map([["local", sink]]), ledger: port("ledger", {}) as Ledger },
  };
}

const ports = { store: STORE, sink: SINK, ledger: LEDGER };
const methods = Object.entries(ports).flatMap(([port, table]) =>
  Object.entries(table).map(([method, isChange]) => ({ port: port as keyof typeof ports, method, isChange })),
);

test.each(methods)(
  "C1: of a world that only looks, $port.$method is refused exactly if it changes something",
  async ({ port, method, isChange }) => {
    const { world, heard } = listening();
    const { store, sinks, ledger } = readOnlyWorld(world);
    const found = { store, sink: sinks.get("local"), ledger }[port] as unknown as Record<
      string,
      () => unknown
    >;
    const outcome = await Promise.resolve()
      .then(() => found[method]?.())
      .then(
        () => "passed on",
        (error: unknown) => (isKeywrightError(error) ? error.code : "another error"),
      );
    expect(outcome).toBe(isChange ? "EVENT_REFUSED" : "passed on");
    expect(heard).toEqual(isChange ? [] : [`${port}.${method}`]);
  },
);

test("C1: a world that only looks tells nobody", () => {
  const { world } = listening();
  const channels = [{ name: "log", events: [], tell: () => Promise.resolve({}) }];
  expect(readOnlyWorld({ ...world, channels }).channels).toEqual([]);
});

test("a plan is the same whether its world only looks or not", async () => {
  const universe = createUniverse();
  universe.declare(aKey("scanner"), aKey("reader"));
  const before = await universe.liveKeys();
  const { world } = universe.boot();
  const { plan } = await makePlan(readOnlyWorld(world));
  expect(plan.counts).toMatchObject({ create: 2 });
  expect(plan).toEqual((await makePlan(world)).plan);
  expect(await universe.liveKeys()).toEqual(before);
  expect((await world.ledger.records()).size).toBe(0);
});
