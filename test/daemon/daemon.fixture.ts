/** Daemons over one world in memory and one ledger, with a clock that moves when it is told to. */

import { DEFAULT_DRIFT_POLICY } from "../../src/core/drift/finding.ts";
import type { Ledger } from "../../src/core/ports.ts";
import { type CheckSchedule, scheduleOf } from "../../src/core/schedule/check-schedule.ts";
import { createDriftSchedule } from "../../src/config/drift-schedule.ts";
import type { CheckOutcome } from "../../src/daemon/check-outcome.ts";
import type { DaemonOptions, DaemonPorts, DaemonProject } from "../../src/daemon/daemon-ports.ts";
import { createDaemonState, type DaemonState, type TickOutcome } from "../../src/daemon/daemon-state.ts";
import { type DaemonEnd, runDaemon } from "../../src/daemon/run-daemon.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { World } from "../../src/reconcile/world.ts";
import { aKey, createUniverse, seededRandom, type Universe } from "../reconcile/memory-world.fixture.ts";

/** What waits, with who waits for it. */
interface Wait {
  readonly at: number;
  readonly begun: number;
  readonly who: string;
  readonly resolve: () => void;
}

export interface Time {
  now(): Date;
  waitUntil(who: string): DaemonPorts["waitUntil"];
  /** How many things this one waits for. */
  waits(who: string): number;
  /** Lets everything come that is due until then, one thing after the other; `settle` after each. */
  to(instant: string | Date, settle: () => Promise<void>): Promise<void>;
  set(instant: string | Date): void;
  /** Nothing of it moves any more, as after `kill -9`. */
  kill(who: string): void;
}

export function createTime({ clock }: Universe): Time {
  const waits = new Set<Wait>();
  const dead = new Set<string>();
  const set = (ms: number): void => {
    clock.advance(ms - clock.now().getTime());
    for (const wait of waits) if (ms < wait.begun) wait.resolve();
  };
  const time: Time = {
    now: () => clock.now(),
    waits: (who) => [...waits].filter((wait) => wait.who === who).length,
    waitUntil: (who) => (instant, signal) =>
      new Promise((done) => {
        if (dead.has(who)) return undefined;
        if (signal.aborted || instant <= clock.now()) return done();
        const begun = clock.now().getTime();
        const wait = { at: instant.getTime(), begun, who, resolve: () => resolve() };
        const resolve = (): void => {
          waits.delete(wait);
          signal.removeEventListener("abort", resolve);
          if (!dead.has(who)) done();
        };
        waits.add(wait);
        signal.addEventListener("abort", resolve, { once: true });
      }),
    kill: (who) => {
      dead.add(who);
      for (const wait of waits) if (wait.who === who) waits.delete(wait);
    },
    set: (instant) => set(new Date(instant).getTime()),
    to: async (instant, settle) => {
      const end = new Date(instant).getTime();
      for (;;) {
        await settle();
        const [next] = [...waits].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        set(Math.max(next.at, clock.now().getTime()));
        next.resolve();
      }
      set(end);
    },
  };
  return time;
}

export interface TestDaemon {
  readonly who: string;
  readonly state: DaemonState;
  readonly outcomes: CheckOutcome[];
  readonly ticks: [TickOutcome, number][];
  readonly log: string[];
  isLeading: boolean;
  /** As the process that runs it is asked to end, and then pressed to. */
  readonly ask: AbortController;
  readonly press: AbortController;
  readonly done: Promise<DaemonEnd>;
  hasEnded: boolean;
}

export interface DaemonSetting {
  readonly schedule?: string;
  readonly timezone?: string;
  readonly jitterMs?: number;
  readonly limitMs?: number;
  readonly isFixing?: boolean;
  /** What stands in the way of this daemon. */
  readonly openLedger?: () => Promise<Ledger>;
  readonly world?: (world: World) => World;
  /** Throws what keeps the configuration from being read; not at the start. */
  readonly onRead?: () => void;
  /** Hears what people are told of a failure. */
  readonly onTold?: (error: unknown) => void;
}

export interface Scene {
  readonly universe: Universe;
  readonly time: Time;
  start(who: string, setting?: DaemonSetting): TestDaemon;
  to(instant: string | Date): Promise<void>;
  settle(): Promise<void>;
  kill(daemon: TestDaemon): void;
  schedule(): Promise<CheckSchedule>;
  readonly daemons: TestDaemon[];
}

export type OpenLedger = (universe: Universe) => Promise<Ledger>;

/** One key that is as declared. */
export async function createScene(openLedger: OpenLedger): Promise<Scene> {
  const universe = createUniverse("daemon");
  universe.declare(aKey("a"));
  await applyOnce(universe, openLedger);
  const time = createTime(universe);
  const daemons: TestDaemon[] = [];
  const isIdle = ({ who, hasEnded }: TestDaemon): boolean => hasEnded || time.waits(who) === 1;
  const scene: Scene = {
    universe,
    time,
    daemons,
    start: (who, setting = {}) => {
      const daemon = startDaemon(scene, who, openLedger, setting);
      daemons.push(daemon);
      return daemon;
    },
    settle: async () => {
      while (!daemons.every(isIdle)) await new Promise(setImmediate);
    },
    to: (instant) => time.to(instant, () => scene.settle()),
    kill: (daemon) => {
      time.kill(daemon.who);
      daemons.splice(daemons.indexOf(daemon), 1);
    },
    schedule: async () => {
      const ledger = await openLedger(universe);
      try {
        return scheduleOf(await ledger.records());
      } finally {
        await ledger.close();
      }
    },
  };
  return scene;
}

async function applyOnce(universe: Universe, openLedger: OpenLedger): Promise<void> {
  const ledger = await openLedger(universe);
  const world = { ...universe.boot().world, ledger };
  const { plan } = await makePlan(world);
  await applyPlan(plan, world, { leaseWaitMs: 0, holder: "test" });
  await ledger.close();
}

function startDaemon(
  { universe, time }: Scene,
  who: string,
  open: OpenLedger,
  setting: DaemonSetting,
): TestDaemon {
  const { schedule = "0 * * * *", timezone = "UTC", jitterMs = 0 } = setting;
  const times = createDriftSchedule(schedule, timezone);
  if (typeof times === "string") throw new Error(times);
  const openLedger = setting.openLedger ?? (() => open(universe));
  const project: DaemonProject = {
    times,
    jitterMs,
    openLedger,
    openWorld: async () => {
      const ledger = await openLedger();
      const world = { ...universe.boot().world, ledger };
      const changed = setting.world?.(world) ?? world;
      return {
        world: changed,
        asRead: changed,
        driftPolicy: DEFAULT_DRIFT_POLICY,
        close: () => ledger.close(),
      };
    },
    tellFailure: async (error) => setting.onTold?.(error),
  };
  const daemon = {
    who,
    state: createDaemonState(time.now()),
    outcomes: [] as CheckOutcome[],
    ticks: [] as [TickOutcome, number][],
    log: [] as string[],
    isLeading: false,
    ask: new AbortController(),
    press: new AbortController(),
    hasEnded: false,
  };
  const ports: DaemonPorts = {
    read: async () => {
      setting.onRead?.();
      return project;
    },
    clock: { now: () => time.now() },
    random: seededRandom(who),
    waitUntil: time.waitUntil(who),
    log: logOf(daemon.log),
    onNoticeFailed: () => undefined,
  };
  const options: DaemonOptions = {
    isFixing: setting.isFixing ?? true,
    holder: who,
    limitMs: setting.limitMs ?? 1_800_000,
    leaseWaitMs: 0,
    signal: daemon.ask.signal,
    deadline: daemon.press.signal,
  };
  const figures = {
    noteCheck: (outcome: CheckOutcome) => void daemon.outcomes.push(outcome),
    noteSchedule: () => undefined,
    noteTicks: (outcome: TickOutcome, count: number) => void daemon.ticks.push([outcome, count]),
    noteLeading: (isLeading: boolean) => void (daemon.isLeading = isLeading),
  };
  const running = runDaemon({ ports, options, state: daemon.state, figures }, project);
  const done = running.finally(() => void (daemon.hasEnded = true));
  done.catch(() => undefined);
  return Object.assign(daemon, { done });
}

function logOf(lines: string[]): DaemonPorts["log"] {
  const at =
    (level: string) =>
    (_: object, message: string): void =>
      void lines.push(`${level} ${message}`);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
