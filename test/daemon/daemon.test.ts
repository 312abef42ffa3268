/** Daemons by a clock that moves when it is told to: when they check, who of several does, and what does not stop them. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { KeywrightError } from "../../src/core/error.ts";
import { CLAIM_MS } from "../../src/core/schedule/claim-tick.ts";
import { lifelessness } from "../../src/daemon/daemon-state.ts";
import { openFileLedger } from "../../src/ledger/file-ledger.ts";
import { createGitWorld } from "../../src/ledger/git-ledger.fixture.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { aKey } from "../reconcile/memory-world.fixture.ts";
import { createScene, type DaemonSetting, type OpenLedger, type Scene } from "./daemon.fixture.ts";

const inMemory: OpenLedger = async ({ history, clock }) => openMemoryLedger(history, { clock });

async function onDisk(): Promise<OpenLedger> {
  const directory = await mkdtemp(join(tmpdir(), "kw-daemon-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return async ({ clock }) => openFileLedger({ directory, instance: "acme", clock });
}

/** Ended when the test is over. */
async function sceneOn(open: OpenLedger): Promise<Scene> {
  const scene = await createScene(open);
  onTestFinished(async () => {
    for (const { ask, press } of scene.daemons) for (const each of [ask, press]) each.abort();
    await Promise.all(scene.daemons.map(({ done }) => done));
  });
  return scene;
}

const madeBy = ({ daemons }: Scene): readonly number[] => daemons.map(({ outcomes }) => outcomes.length);
const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0);
const skipped = ({ ticks }: Scene["daemons"][number]): number =>
  sum(ticks.flatMap(([outcome, count]) => (outcome === "skipped" ? [count] : [])));

const spoil = ({ universe }: Scene): void =>
  void universe.sinks.get("local")?.remove({ sink: "local", path: "a" }, "current");

test("a daemon checks at once and by schedule, makes what is missing, mends what drifts, and then is quiet", async () => {
  const scene = await sceneOn(inMemory);
  const daemon = scene.start("one");
  await scene.settle();
  expect(daemon.outcomes.map(({ check }) => check.result)).toEqual(["clean"]);
  await scene.to("2026-11-21T08:59:59Z");
  expect(daemon.outcomes).toHaveLength(1);
  spoil(scene);
  await scene.to("2026-11-21T10:30:00Z");
  const [, mended, quiet, ...more] = daemon.outcomes;
  expect(more).toEqual([]);
  expect(mended?.run?.counts.applied).toBe(1);
  expect([mended?.check.result, quiet?.check.result]).toEqual(["clean", "clean"]);
  expect(quiet?.check.at).toBe("2026-11-21T10:00:00.000Z");
  expect(await scene.schedule()).toMatchObject({
    lastCheck: quiet?.check,
    lastGoodAt: "2026-11-21T10:00:00.000Z",
    doneAt: "2026-11-21T10:00:00.000Z",
  });
  daemon.ask.abort();
  expect(await daemon.done).toEqual({});
});

test("with --no-fix a daemon reports what drifts, every time, and changes nothing", async () => {
  const scene = await sceneOn(inMemory);
  spoil(scene);
  const daemon = scene.start("one", { isFixing: false });
  await scene.to("2026-11-21T09:30:00Z");
  expect(daemon.outcomes.map(({ check, run }) => [check.result, check.findings, run])).toEqual([
    ["drift", 1, undefined],
    ["drift", 1, undefined],
  ]);
});

test.each([
  [
    "Europe/Berlin",
    "the clocks go forward over it",
    "30 2 * * *",
    "2026-03-28T12:00:00Z",
    "2026-03-29T01:00:00.000Z",
  ],
  ["Europe/Berlin", "it comes twice", "30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00.000Z"],
  [
    "Australia/Lord_Howe",
    "the clocks go forward by half an hour over it",
    "15 2 * * *",
    "2026-10-03T00:00:00Z",
    "2026-10-03T15:30:00.000Z",
  ],
  [
    "Australia/Lord_Howe",
    "half an hour comes twice",
    "45 1 * * *",
    "2026-04-04T00:00:00Z",
    "2026-04-04T14:45:00.000Z",
  ],
])(
  "in %s, where %s, the daily time %s fires once that day",
  async (timezone, _, schedule, from, expected) => {
    const scene = await sceneOn(inMemory);
    scene.time.set(from);
    const daemon = scene.start("one", { schedule, timezone });
    const start = new Date(from).getTime();
    await scene.to(new Date(start + 24 * 3_600_000));
    const firings = daemon.outcomes.slice(1).map(({ check }) => check.at);
    expect(firings).toEqual([expected]);
    await scene.to(new Date(start + 48 * 3_600_000));
    expect(daemon.outcomes).toHaveLength(3);
  },
);

test.each([
  ["two", 2, "a file"],
  ["five", 5, "a file"],
  ["two", 2, "a Git branch"],
])(
  "%s daemons on one ledger do each time of the schedule once between them: %i on %s",
  async (_, count, where) => {
    const scene = await sceneOn(where === "a file" ? await onDisk() : onGit());
    const settings = Array.from({ length: count }, (__, index) => `daemon ${index}`);
    for (const who of settings) scene.start(who, { jitterMs: 20_000 });
    await scene.settle();
    // All wait for the one that is at it, or have seen that it is done.
    await scene.to("2026-11-21T08:05:00Z");
    expect(sum(madeBy(scene))).toBe(1);
    const hours = where === "a file" ? 5 : 1;
    await scene.to(`2026-11-21T${hours === 1 ? "09" : "13"}:30:00Z`);
    expect(sum(madeBy(scene))).toBe(hours + 1);
    expect(scene.daemons.filter(({ isLeading }) => isLeading)).toHaveLength(1);
    const ticks = scene.daemons.flatMap((daemon) => daemon.ticks.map(([outcome]) => outcome));
    expect(ticks.filter((outcome) => outcome === "elsewhere")).toHaveLength((hours + 1) * (count - 1));
    // It is not always the same one that is first.
    const busy = madeBy(scene).filter((made) => made > 0).length;
    expect(hours === 1 || busy > 1).toBe(true);
    expect((await scene.schedule()).claim).toBeUndefined();
  },
);

function onGit(): OpenLedger {
  const git = createGitWorld();
  onTestFinished(() => git.close());
  return () => git.open();
}

/** A store that says nothing any more once it is asked to list. */
function hanging(): { readonly setting: DaemonSetting; readonly free: () => void; isHanging: boolean } {
  let free: (() => void) | undefined;
  const until = new Promise<void>((resolve) => {
    free = resolve;
  });
  const made = { free: () => free?.(), isHanging: false, setting: {} as DaemonSetting };
  const world: DaemonSetting["world"] = (real) => ({
    ...real,
    store: {
      ...real.store,
      capabilities: real.store.capabilities,
      async *list(kind, signal, wanted) {
        made.isHanging = true;
        await until;
        yield* real.store.list(kind, signal, wanted);
      },
    },
  });
  return Object.assign(made, { setting: { world } });
}

const poll = async (isHere: () => boolean): Promise<void> => {
  while (!isHere()) await new Promise(setImmediate);
};

const later = ({ time }: Scene, ms: number): Date => new Date(time.now().getTime() + ms);

test("a daemon that dies during a check is replaced when its claim has run out, and not before", async () => {
  const scene = await sceneOn(await onDisk());
  const stuck = hanging();
  const dead = scene.start("dead", stuck.setting);
  await poll(() => stuck.isHanging);
  scene.kill(dead);
  const second = scene.start("second");
  await scene.settle();
  expect((await scene.schedule()).claim).toMatchObject({ by: expect.stringMatching(/^dead /) });
  await scene.to(later(scene, CLAIM_MS - 1));
  expect(second.outcomes).toEqual([]);
  await scene.to(later(scene, 1));
  expect(second.outcomes.map(({ check }) => check)).toMatchObject([{ result: "clean", by: "second" }]);
});

test("a daemon that is long at a check keeps its claim, and what comes meanwhile is skipped and counted", async () => {
  const scene = await sceneOn(await onDisk());
  const stuck = hanging();
  const slow = scene.start("slow", { ...stuck.setting, schedule: "*/10 * * * *" });
  await poll(() => stuck.isHanging && scene.time.waits("slow") === 2);
  const other = scene.start("other", { schedule: "*/10 * * * *" });
  await poll(() => scene.time.waits("other") === 1);
  const busy = async (): Promise<void> => {
    await poll(() => scene.time.waits("slow") === 2 && scene.time.waits("other") === 1);
  };
  await scene.time.to("2026-11-21T08:25:00Z", busy);
  expect(other.outcomes).toEqual([]);
  stuck.free();
  await scene.settle();
  expect(slow.outcomes.map(({ check }) => check.result)).toEqual(["clean"]);
  expect(skipped(slow)).toBe(2);
  await scene.to("2026-11-21T08:35:00Z");
  // What came while it was under way is skipped by the other, too.
  expect(sum(madeBy(scene))).toBe(2);
});

test("a check that takes too long is asked to end, then left to itself, and no other is begun beside it", async () => {
  const scene = await sceneOn(inMemory);
  const stuck = hanging();
  const daemon = scene.start("one", { ...stuck.setting, schedule: "*/10 * * * *", limitMs: 300_000 });
  await poll(() => stuck.isHanging && scene.time.waits("one") === 2);
  await scene.time.to("2026-11-21T08:05:10Z", async () => {
    await poll(() => scene.time.waits("one") > 0);
  });
  await poll(() => daemon.outcomes.length === 1);
  expect(daemon.outcomes[0]).toMatchObject({ check: { result: "failed" }, error: { code: "INTERRUPTED" } });
  expect(lifelessness(daemon.state, 300_000, scene.time.now())).toMatch(/still under way/);
  await scene.to("2026-11-21T08:15:00Z");
  expect(daemon.outcomes).toHaveLength(1);
  expect(skipped(daemon)).toBe(1);
  stuck.free();
  await poll(() => !daemon.state.isHanging);
  await scene.to("2026-11-21T08:25:00Z");
  expect(daemon.outcomes.map(({ check }) => check.result)).toEqual(["failed", "clean"]);
});

test("neither a ledger nor a configuration nor a store that cannot be reached ends a daemon: the next time is another try", async () => {
  const scene = await sceneOn(inMemory);
  let fault: "ledger" | "configuration" | "store" | undefined = "ledger";
  const failIf = (what: typeof fault): void => {
    if (fault === what) throw new KeywrightError("STORE_UNREACHABLE", `the ${what} does not answer`);
  };
  const daemon = scene.start("one", {
    openLedger: async () => {
      failIf("ledger");
      return inMemory(scene.universe);
    },
    onRead: () => failIf("configuration"),
    world: (world) => {
      failIf("store");
      return world;
    },
  });
  await scene.settle();
  expect(daemon.state.unreadiness).toBe("the last check failed: STORE_UNREACHABLE");
  fault = "configuration";
  await scene.to("2026-11-21T09:30:00Z");
  expect(daemon.ticks).toEqual([
    ["failed", 1],
    ["failed", 1],
  ]);
  expect(daemon.log.filter((line) => line.startsWith("error"))).toEqual([
    expect.stringContaining("the ledger does not answer"),
    expect.stringContaining("the configuration does not answer"),
  ]);
  fault = "store";
  await scene.to("2026-11-21T10:30:00Z");
  expect(daemon.outcomes).toMatchObject([
    { check: { result: "failed" }, error: { code: "STORE_UNREACHABLE" } },
  ]);
  expect(await scene.schedule()).toEqual({ lastCheck: daemon.outcomes[0]?.check });
  fault = undefined;
  await scene.to("2026-11-21T11:30:00Z");
  expect(daemon.outcomes[1]?.check.result).toBe("clean");
  expect(daemon.state.unreadiness).toBeUndefined();
});

test("what one daemon fails at another tries", async () => {
  const scene = await sceneOn(await onDisk());
  const blind = scene.start("blind", {
    world: () => {
      throw new KeywrightError("STORE_UNREACHABLE", "no way there");
    },
  });
  await scene.settle();
  const seeing = scene.start("seeing");
  await scene.to("2026-11-21T10:30:00Z");
  expect(blind.outcomes.every(({ check }) => check.result === "failed")).toBe(true);
  expect(seeing.outcomes.length).toBeGreaterThan(0);
  expect((await scene.schedule()).lastGoodAt).toBe("2026-11-21T10:00:00.000Z");
});

test("a daemon that is asked to end lets go of its claim, so that another goes on at once", async () => {
  const scene = await sceneOn(await onDisk());
  const stuck = hanging();
  const daemon = scene.start("one", stuck.setting);
  await poll(() => stuck.isHanging && scene.time.waits("one") === 2);
  daemon.ask.abort();
  daemon.press.abort();
  // The limit, the claim, and the last grace.
  await poll(() => scene.time.waits("one") === 3);
  scene.time.to(later(scene, 5000), async () => undefined).catch(() => undefined);
  expect(await daemon.done).toEqual({ rest: expect.any(Promise) });
  expect(daemon.outcomes).toEqual([]);
  expect((await scene.schedule()).claim).toBeUndefined();
  stuck.free();
});

test("a daemon that is asked to end amid a fix ends after the key at hand, and remembers what it saw", async () => {
  const scene = await sceneOn(inMemory);
  const { universe } = scene;
  universe.declare(...["a", "b", "c"].map((name) => aKey(name)));
  await universe.boot().run();
  for (const path of ["a", "b", "c"]) {
    await universe.sinks.get("local")?.remove({ sink: "local", path }, "current");
  }
  const daemon = scene.start("one", {
    world: (world) => ({
      ...world,
      store: {
        ...world.store,
        create: (...request) => {
          daemon.ask.abort();
          return world.store.create(...request);
        },
      },
    }),
  });
  expect(await daemon.done).toEqual({});
  const [outcome] = daemon.outcomes;
  expect(outcome?.run).toMatchObject({ result: "interrupted", counts: { applied: 1, "not-run": 2 } });
  expect(outcome?.check.result).toBe("drift");
  expect((await scene.schedule()).claim).toBeUndefined();
});

test("after a silence the first check finds it, tells it once, and the next one is clean", async () => {
  const scene = await sceneOn(inMemory);
  const timed: DaemonSetting = { world: (world) => ({ ...world, longestSilenceMs: () => 3_600_000 }) };
  const first = scene.start("first", timed);
  await scene.settle();
  first.ask.abort();
  await first.done;
  scene.time.set("2026-11-21T09:30:00Z");
  const second = scene.start("second", timed);
  await scene.settle();
  scene.time.set("2026-11-21T14:10:00Z");
  scene.kill(second);
  const third = scene.start("third", timed);
  await scene.settle();
  await scene.to("2026-11-21T15:30:00Z");
  expect(second.outcomes.map(({ check }) => check.result)).toEqual(["clean"]);
  const classes = third.outcomes.map(({ look }) => look?.report.findings.map(({ class: name }) => name));
  expect(classes).toEqual([["scheduler-silent"], []]);
  expect(third.outcomes[0]?.look?.report.findings[0]?.message).toContain("2026-11-21T09:30:00.000Z");
});

test("a clock that was far ahead and is put back makes nobody wait for the time that it showed", async () => {
  const scene = await sceneOn(inMemory);
  const daemon = scene.start("one");
  await scene.settle();
  scene.time.set("2026-11-20T09:30:00Z");
  await scene.to("2026-11-20T10:30:00Z");
  expect(daemon.outcomes).toHaveLength(2);
  expect(daemon.state.turnAt).toEqual(new Date("2026-11-20T10:00:00Z"));
});

test("people are told of a configuration that cannot be read any more, by the channels that it had", async () => {
  const scene = await sceneOn(inMemory);
  const told: unknown[] = [];
  const fault = new KeywrightError("INPUT_INVALID", "keywright.yaml is not valid");
  scene.start("one", {
    onRead: () => {
      throw fault;
    },
    onTold: (error) => told.push(error),
  });
  await scene.to("2026-11-21T09:30:00Z");
  expect(told).toEqual([fault]);
});

test("a daemon whose loop stands still has no life, and one that waits for its time has", async () => {
  const scene = await sceneOn(inMemory);
  const daemon = scene.start("one");
  await scene.settle();
  const at = (hours: number): string | undefined =>
    lifelessness(daemon.state, 600_000, later(scene, hours * 3_600_000));
  expect([at(0), at(1), at(1.6)]).toEqual([undefined, undefined, undefined]);
  expect(at(1.7)).toBe("no time of the schedule was taken up since 2026-11-21T08:00:00.000Z");
  daemon.ask.abort();
  await daemon.done;
  expect(at(9)).toBeUndefined();
});
