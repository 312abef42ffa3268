import type { SimulatedFailure, SimulationReport } from "../simulation/simulation-report.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renderJson } from "./render-json.ts";
import { renderTable } from "./render-table.ts";
import { createStyle, type Style } from "./style.ts";

export interface RenderSimulationOptions {
  readonly format: "text" | "json";
  readonly colors: boolean;
}

/** Ends in a line end. */
export function renderSimulation(
  report: SimulationReport,
  { format, colors }: RenderSimulationOptions,
): string {
  if (format === "json") return renderJson(report);
  const style = createStyle(colors);
  const parts = [
    [headOf(report), UNTOUCHED],
    invariantTable(report, style),
    faultTable(report, style),
    report.failure ? failureLines(report.failure, style) : [style.good("No invariant was broken.")],
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

const UNTOUCHED =
  "Simulated store, sinks, ledger and time: nothing of yours but manifests and configuration was read.";

function headOf({ seeds, keys, runs, crashes, operations }: SimulationReport): string {
  const some = keys.simulated < keys.declared ? `${keys.simulated} of ${plural(keys.declared, "key")}` : "";
  const all = plural(keys.declared, "key");
  const did = [
    plural(runs, "run"),
    `${crashes} ${crashes === 1 ? "crash" : "crashes"}`,
    plural(operations, "operation"),
  ];
  return `${plural(seeds, "schedule")} over ${some || all}: ${did.join(", ")}`;
}

const invariantTable = ({ invariants }: SimulationReport, style: Style): readonly string[] =>
  renderTable(
    ["INVARIANT", "CHECKS", "BREACHES", "WHAT IT SAYS"],
    invariants.map(({ invariant, checks, breaches, says }) => [
      { text: invariant, paint: style.strong },
      { text: String(checks) },
      { text: String(breaches), paint: breaches > 0 ? style.bad : style.good },
      { text: says },
    ]),
    style,
  );

const faultTable = ({ faults }: SimulationReport, style: Style): readonly string[] =>
  renderTable(
    ["FAULT", "TIMES"],
    faults.map(({ kind, count }) => [{ text: kind }, { text: String(count) }]),
    style,
  );

function failureLines(
  { seed, breaches, schedule, trace }: SimulatedFailure,
  style: Style,
): readonly string[] {
  const size = `${plural(schedule.steps.length, "step")} and ${plural(schedule.faults.length, "fault")}`;
  const again = seed === undefined ? [] : [`Again: keywright simulate --seed ${seed}`];
  return [
    ...breaches.map(({ invariant, message, at }) =>
      style.bad(`${invariant} broken after operation ${at}: ${printable(message)}`),
    ),
    `The smallest way to it, of ${size}:`,
    ...trace.map((line) => `  ${printable(line)}`),
    ...again,
    "Save it with --out breach.json, and replay it with: keywright simulate --replay breach.json",
  ];
}
