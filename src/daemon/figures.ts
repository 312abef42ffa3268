/**
 * A daemon's figures for Prometheus. Labels hold words of closed lists, and names of keys as manifests have them; never an
 * id, a message or a secret.
 */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { DRIFT_CLASSES } from "../core/drift/finding.ts";
import { CHECK_RESULTS, type CheckSchedule, isGoodCheck } from "../core/schedule/check-schedule.ts";
import { type KeyStanding, standings } from "../core/status.ts";
import type { CheckOutcome } from "./check-outcome.ts";
import { type DaemonFigures, TICK_OUTCOMES } from "./daemon-state.ts";

export interface FiguresPage {
  readonly contentType: string;
  render(): Promise<string>;
}

/** Of keys by name; those that expire first are told. */
export const MOST_KEYS_TOLD = 200;
const CHECK_BUCKETS = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const OUTCOMES = ["applied", "failed", "not-run", "unknown"] as const;

export function createFigures(): DaemonFigures & FiguresPage {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const checks = checkFigures(registry);
  const seen = lookFigures(registry);
  const turns = turnFigures(registry);
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    noteCheck: (outcome) => {
      checks(outcome);
      turns.noteSchedule({
        lastCheck: outcome.check,
        ...(isGoodCheck(outcome.check) && { lastGoodAt: outcome.check.at }),
      });
      seen(outcome);
    },
    ...turns,
  };
}

function checkFigures(registry: Registry): DaemonFigures["noteCheck"] {
  const registers = [registry];
  const durations = new Histogram({
    name: "keywright_check_duration_seconds",
    help: "How long checks for drift took, with what they mended.",
    buckets: CHECK_BUCKETS,
    registers,
  });
  const checks = counter(registry, "checks_total", "Checks of this process.", "result", CHECK_RESULTS);
  const outcomes = counter(registry, "run_outcomes_total", "Changes, by outcome.", "outcome", OUTCOMES);
  const errors = new Counter({
    name: "keywright_check_errors_total",
    help: "What ended checks early, by error code.",
    labelNames: ["code"],
    registers,
  });
  const unsent = new Counter({
    name: "keywright_notices_unsent_total",
    help: "Notices that did not reach everybody.",
    registers,
  });
  return ({ check, durationMs, run, error, unsent: count }) => {
    durations.observe(durationMs / 1000);
    checks.inc({ result: check.result });
    for (const each of OUTCOMES) outcomes.inc({ outcome: each }, run?.counts[each] ?? 0);
    if (error) errors.inc({ code: error.code });
    unsent.inc(count);
  };
}

/** What the last look of this process saw; it stays as it was while others look. */
function lookFigures(registry: Registry): (outcome: CheckOutcome) => void {
  const registers = [registry];
  const findings = new Gauge({
    name: "keywright_findings",
    help: "Findings of the last check of this process, by class and response.",
    labelNames: ["class", "response"],
    registers,
  });
  const keys = new Gauge({
    name: "keywright_keys",
    help: "Keys at the last check of this process, by state.",
    labelNames: ["state"],
    registers,
  });
  const expiries = new Gauge({
    name: "keywright_key_expiry_timestamp_seconds",
    help: `When keys expire, at the last check of this process: the ${MOST_KEYS_TOLD} that do first.`,
    labelNames: ["name"],
    registers,
  });
  return ({ look }) => {
    if (!look) return;
    findings.reset();
    for (const name of DRIFT_CLASSES) {
      for (const response of ["fix", "report", "ignore"] as const) findings.set({ class: name, response }, 0);
    }
    for (const { class: name, response } of look.report.findings) findings.inc({ class: name, response });
    const standing = standings(look.facts);
    keys.reset();
    for (const { state } of standing) keys.inc({ state });
    expiries.reset();
    for (const { name, atMs } of firstToExpire(standing)) expiries.set({ name }, atMs / 1000);
  };
}

function firstToExpire(
  standing: readonly KeyStanding[],
): readonly { readonly name: string; readonly atMs: number }[] {
  return standing
    .flatMap(({ name, expiresAt }) =>
      expiresAt === undefined ? [] : [{ name, atMs: Date.parse(expiresAt) }],
    )
    .filter(({ atMs }) => Number.isFinite(atMs))
    .sort((a, b) => a.atMs - b.atMs)
    .slice(0, MOST_KEYS_TOLD);
}

function turnFigures(registry: Registry): Omit<DaemonFigures, "noteCheck"> {
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge =>
    new Gauge({ name: `keywright_${name}`, help, registers });
  const last = gauge("last_check_timestamp_seconds", "When the last check ended, whoever made it.");
  const good = gauge("last_good_check_timestamp_seconds", "When a check last saw everything.");
  const leading = gauge("leader", "1 when this process did what was due last.");
  const ticks = counter(
    registry,
    "ticks_total",
    "Times of the schedule, by outcome.",
    "outcome",
    TICK_OUTCOMES,
  );
  return {
    noteSchedule: ({ lastCheck, lastGoodAt }: CheckSchedule) => {
      if (lastCheck) last.set(Date.parse(lastCheck.at) / 1000);
      if (lastGoodAt !== undefined) good.set(Date.parse(lastGoodAt) / 1000);
    },
    noteLeading: (isLeading) => leading.set(isLeading ? 1 : 0),
    noteTicks: (outcome, count) => ticks.inc({ outcome }, count),
  };
}

/** With all of its series from the start, so that the first of each is seen as an increase. */
function counter<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  label: L,
  values: readonly string[],
): Counter<L> {
  const made = new Counter<L>({
    name: `keywright_${name}`,
    help,
    labelNames: [label],
    registers: [registry],
  });
  for (const value of values) made.inc({ [label]: value } as Record<L, string>, 0);
  return made;
}
