/** Checks at once, then whenever the schedule says so, until it is asked to end. */

import {
  type CheckError,
  type CheckOutcome,
  describeError,
  describeOutcome,
  errorOf,
} from "./check-outcome.ts";
import type { DaemonOptions, DaemonPorts, DaemonProject } from "./daemon-ports.ts";
import { type DaemonFigures, type DaemonState, unreadyFor } from "./daemon-state.ts";
import { doTurn, type EndedTurn } from "./do-turn.ts";
import { firingsUntil, nextFiring, nextOf } from "./firings.ts";
import { jitterOf } from "./jitter.ts";

export interface Daemon {
  readonly ports: DaemonPorts;
  readonly options: DaemonOptions;
  readonly state: DaemonState;
  readonly figures: DaemonFigures;
}

export interface DaemonEnd {
  /** Still under way: a check that gave no answer to being asked to end. */
  readonly rest?: Promise<unknown>;
}

/** A check that another daemon began so long before is as good: several that are started together make one. */
const START_MS = 15_000;

/** `project`: as it was read first; what cannot be read at the start is no reason to wait. Throws only for that schedule. */
export async function runDaemon(daemon: Daemon, first: DaemonProject): Promise<DaemonEnd> {
  const { ports, options, state } = daemon;
  const { clock } = ports;
  const loop: Loop = { ...daemon, claimant: nameOf(daemon), project: first, rest: undefined };
  let tick = await take(loop, new Date(clock.now().getTime() - START_MS));
  while (!options.signal.aborted) {
    const next = nextFiring(loop.project.times, clock.now(), tick);
    const pauseMs = nextOf(loop.project.times, next).getTime() - next.getTime();
    const delayMs = jitterOf(ports.random, pauseMs, loop.project.jitterMs);
    const at = new Date(next.getTime() + delayMs);
    ports.log.debug({ at }, `the next check is at ${at.toISOString()}`);
    await ports.waitUntil(at, options.signal);
    if (options.signal.aborted) break;
    if (clock.now() < at) state.turnAt = clock.now();
    else tick = (await reread(loop, next)) ? await take(loop, next) : next;
  }
  state.isEnding = true;
  return loop.rest ? { rest: loop.rest } : {};
}

interface Loop extends Daemon {
  readonly claimant: string;
  project: DaemonProject;
  rest: Promise<unknown> | undefined;
}

const nameOf = ({ ports, options }: Daemon): string =>
  `${options.holder} ${Buffer.from(ports.random.bytes(6)).toString("hex")}`;

async function reread(loop: Loop, tick: Date): Promise<boolean> {
  try {
    loop.project = await loop.ports.read();
    return true;
  } catch (error) {
    loop.state.turnAt = loop.ports.clock.now();
    fail(loop, error, "the configuration cannot be read", tick);
    // By the channels that it had: a mistake in it is no reason to keep still.
    await loop.project.tellFailure(error, loop.options.signal);
    return false;
  }
}

/** Gives the last firing that has come by the end of it. */
async function take(loop: Loop, tick: Date): Promise<Date> {
  const { ports, state, figures, options, claimant, project } = loop;
  state.turnAt = ports.clock.now();
  state.longestSilenceMs = project.times.longestSilence(state.turnAt).ms;
  if (loop.rest) {
    ports.log.warn({ tick }, "a check that did not end in time is still under way: none is begun");
    figures.noteTicks("skipped", 1);
    return tick;
  }
  try {
    const ended = await doTurn({ ports, options, project, claimant }, tick);
    return conclude(loop, ended);
  } catch (error) {
    fail(loop, error, "whose turn it is cannot be found out", tick);
    return tick;
  }
}

function conclude(loop: Loop, { end, tick }: EndedTurn): Date {
  const { ports, state, figures, project } = loop;
  if (end.state !== "elsewhere" && end.rest) leave(loop, end.rest);
  if (end.state === "ended") return tick;
  if (end.state === "elsewhere") {
    const { lastCheck } = end.schedule;
    figures.noteLeading(false);
    figures.noteSchedule(end.schedule);
    figures.noteTicks("elsewhere", 1);
    state.unreadiness = lastCheck?.result === "failed" ? "the last check failed elsewhere" : undefined;
    ports.log.info(
      { ...lastCheck },
      `another did it: ${lastCheck?.by ?? "nobody"}, ${lastCheck?.result ?? ""}`,
    );
    return tick;
  }
  figures.noteSchedule(end.schedule);
  tellCheck(loop, end.outcome);
  const begun = tick > state.turnAt ? tick : state.turnAt;
  const missed = firingsUntil(project.times, begun, ports.clock.now());
  if (missed.count === 0) return tick;
  figures.noteTicks("skipped", missed.count);
  ports.log.warn(
    { skipped: missed.count },
    `times of the schedule that came meanwhile, skipped: ${missed.count}`,
  );
  return missed.last;
}

function tellCheck({ ports, state, figures }: Loop, outcome: CheckOutcome): void {
  const { check, error, durationMs, unsent } = outcome;
  figures.noteLeading(true);
  figures.noteCheck(outcome);
  figures.noteTicks("checked", 1);
  state.unreadiness = check.result === "failed" ? unreadyFor(error?.code ?? "BUG") : undefined;
  const facts = { ...check, durationMs, unsent, ...(error && aboutError(error)) };
  const level = error || check.result === "failed" ? "error" : check.result === "clean" ? "info" : "warn";
  ports.log[level](facts, describeOutcome(outcome));
}

/** No other is begun beside it. */
function leave(loop: Loop, rest: Promise<unknown>): void {
  const { state } = loop;
  loop.rest = rest;
  state.isHanging = true;
  const over = (): void => {
    loop.rest = undefined;
    state.isHanging = false;
  };
  rest.then(over, over);
}

function fail({ ports, state, figures }: Loop, error: unknown, what: string, tick: Date): void {
  const fault = errorOf(error);
  figures.noteLeading(false);
  figures.noteTicks("failed", 1);
  state.unreadiness = unreadyFor(fault.code);
  const text = `${what}, which is tried again at the next time: ${describeError(fault)}`;
  ports.log.error({ ...aboutError(fault), tick }, text);
}

const aboutError = ({ message: _, ...facts }: CheckError): object => facts;
