/**
 * Processes whose ports go wrong at one operation and, in the error, say back every secret that they know: as it is,
 * cut off, and encoded; in the message, the hint, the cause and whatever else an error carries.
 */

import { inspect } from "node:util";
import { aHost } from "../src/cli/a-host.fixture.ts";
import { openProgress } from "../src/cli/progress.ts";
import { canonicalJson } from "../src/core/digest.ts";
import { KeywrightError } from "../src/core/error.ts";
import type { Plan } from "../src/core/plan.ts";
import { Secret } from "../src/core/secret.ts";
import { createLogger } from "../src/logger.ts";
import { applyPlan } from "../src/reconcile/apply-plan.ts";
import { makePlan } from "../src/reconcile/make-plan.ts";
import type { World } from "../src/reconcile/world.ts";
import { renderError } from "../src/report/render-error.ts";
import { renderJson } from "../src/report/render-json.ts";
import { renderPlan } from "../src/report/render-plan.ts";
import { renderRun } from "../src/report/render-run.ts";
import type { Universe } from "./reconcile/memory-world.fixture.ts";

/** `foreign`: an error that is not of the catalogue. `late`: only after the operation was carried out. */
export const FAULTS = ["foreign", "refused", "unknown", "late and foreign", "crash"] as const;
export type Fault = (typeof FAULTS)[number];

export interface Strike {
  /** The operation, counted from 0. */
  readonly at: number;
  readonly fault: Fault;
}

export interface Trial {
  /** Port operations of the run. */
  readonly operations: number;
  /** What the error said, without which a trial proves nothing. */
  readonly echoed: readonly string[];
}

/** All that may be read later, and all secrets that were about. */
export interface Witness {
  readonly texts: string[];
  readonly secrets: Set<string>;
}

export const createWitness = (): Witness => ({ texts: [], secrets: new Set() });

class ProcessDied extends Error {}

/** Plans and applies in `universe`; `seal` is what stands between the ports and the rest. */
export async function runHostile(
  universe: Universe,
  witness: Witness,
  seal: (world: World) => World,
  strike?: Strike,
): Promise<Trial> {
  const state: State = { count: 0, isDead: false, echoed: [], strike, witness };
  const world = seal(hostileWorld(universe.boot().world, state));
  try {
    const { plan, facts } = await makePlan(world);
    tellPlan(plan, facts.now, witness);
    await apply(plan, world, witness);
  } catch (error) {
    tellError(error, witness);
  }
  tellLedger(universe, witness);
  return { operations: state.count, echoed: state.echoed };
}

interface State {
  count: number;
  isDead: boolean;
  echoed: string[];
  readonly strike: Strike | undefined;
  readonly witness: Witness;
}

const hostileWorld = (world: World, state: State): World => ({
  ...world,
  store: hostilePort(world.store, "STORE_REJECTED", state),
  sinks: new Map(
    [...world.sinks].map(([name, sink]) => [name, hostilePort(sink, "SINK_WRITE_FAILED", state)]),
  ),
  ledger: hostilePort(world.ledger, "LEDGER_UNUSABLE", state),
});

type Code = "STORE_REJECTED" | "SINK_WRITE_FAILED" | "LEDGER_UNUSABLE";

function hostilePort<P extends object>(port: P, code: Code, state: State): P {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || name === "close" || name === "note") return member;
      if (name === "list" || name === "events") {
        return (...args: readonly unknown[]) =>
          hostileItems(() => Reflect.apply(member, target, args) as AsyncIterable<unknown>, code, state);
      }
      return (...args: readonly unknown[]) =>
        operate(() => Reflect.apply(member, target, args) as Promise<unknown>, args, code, state);
    },
  });
}

async function* hostileItems(list: () => AsyncIterable<unknown>, code: Code, state: State): AsyncGenerator {
  await operate(() => Promise.resolve(), [], code, state);
  yield* list();
}

async function operate(
  act: () => Promise<unknown>,
  args: readonly unknown[],
  code: Code,
  state: State,
): Promise<unknown> {
  if (state.isDead) throw new ProcessDied();
  const known = secretsIn(args);
  note(state, known);
  const isStruck = state.count === state.strike?.at;
  state.count += 1;
  const fault = isStruck ? state.strike?.fault : undefined;
  if (fault === "foreign" || fault === "refused") throw hostileError(fault, code, known, state);
  const result = await act();
  const found = secretsIn([result]);
  note(state, found);
  if (fault === undefined) return result;
  if (fault !== "crash") throw hostileError(fault, code, known, state, found);
  state.isDead = true;
  throw new ProcessDied();
}

function note({ witness }: State, known: readonly string[]): void {
  for (const secret of known) witness.secrets.add(secret);
}

/** `found`: what only the port has seen. Of a value that it read it tells the whole; of one that it made, any part. */
function hostileError(
  fault: Fault,
  code: Code,
  known: readonly string[],
  state: State,
  found: readonly string[] = [],
): Error {
  const isRead = code === "SINK_WRITE_FAILED";
  const text = [...known.flatMap(echoes), ...found.flatMap(isRead ? whole : echoes)].join(" ");
  state.echoed.push(...known, ...found);
  const cause = Object.assign(new TypeError(`the cause: ${text}`), { body: { sent: text } });
  if (fault.endsWith("foreign"))
    return Object.assign(new RangeError(`foreign: ${text}`, { cause }), { text });
  const unknown = code === "STORE_REJECTED" ? "STORE_OUTCOME_UNKNOWN" : code;
  const details = { hint: `look at ${text}`, cause };
  return new KeywrightError(fault === "unknown" ? unknown : code, `it said: ${text}`, details);
}

const whole = (secret: string): readonly string[] => [JSON.stringify({ value: secret }), `<${secret}>`];

const echoes = (secret: string): readonly string[] => [
  ...whole(secret),
  secret.slice(0, 24),
  secret.slice(-14),
  Buffer.from(secret).toString("hex"),
  Buffer.from(secret).toString("base64"),
  Buffer.from(`Bearer ${secret}`).toString("base64"),
  Buffer.from(`:${secret}`).toString("base64url"),
];

/** In what a port is given or gives: itself, or one level down. */
const secretsIn = (values: readonly unknown[]): string[] =>
  values
    .flatMap((value) => (typeof value === "object" && value !== null ? [value, ...Object.values(value)] : []))
    .filter((value) => value instanceof Secret)
    .map((secret) => secret.reveal());

const PLAN_FORMATS = ["text", "json", "markdown", "sarif"] as const;
const RUN_FORMATS = ["text", "json", "markdown"] as const;

function tellPlan(plan: Plan, now: Date, { texts }: Witness): void {
  texts.push(...PLAN_FORMATS.map((format) => renderPlan(plan, { format, colors: false, now })));
}

/** As the command line does: its progress is the log. */
async function apply(plan: Plan, world: World, { texts }: Witness): Promise<void> {
  const loggers = (["text", "json"] as const).map((format) =>
    createLogger({ format, level: "debug", colors: false }, (line) => void texts.push(line)),
  );
  const steps = loggers.map((logger) => openProgress(aHost(), logger, "json"));
  const record = await applyPlan(plan, world, {
    leaseWaitMs: 0,
    holder: "test",
    onStart: (changes) => steps.forEach((each) => each.start(changes.length)),
    onOutcome: (outcome) => {
      steps.forEach((each) => each.step(outcome));
      loggers.forEach((logger) => logger.error(outcome, outcome.message));
    },
  });
  steps.forEach((each) => each.stop());
  texts.push(
    JSON.stringify(record),
    ...RUN_FORMATS.map((format) => renderRun(record, { format, colors: false })),
  );
}

/** What would be printed, and the error itself down to its last part. */
function tellError(error: unknown, { texts }: Witness): void {
  texts.push(renderError(error, { colors: false, verbose: true }), renderJson(error));
  texts.push(inspect(error, { depth: 8, showHidden: true }));
  if (error instanceof Error) texts.push(error.message, error.stack ?? "");
}

/** Every entry as the line of a ledger holds it. */
function tellLedger({ history }: Universe, { texts }: Witness): void {
  const records = [...history.table.values()].map(({ record }) => record ?? null);
  texts.push(...[...history.events, ...records].map(canonicalJson));
}
