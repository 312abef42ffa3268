import type { Check, CheckStatus } from "../core/check.ts";
import type { Diagnosis } from "../core/doctor.ts";
import { displayWidth } from "./display-width.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renderJson } from "./render-json.ts";
import { createStyle, type Paint, type Style } from "./style.ts";

export interface RenderDiagnosisOptions {
  readonly format: "text" | "json";
  readonly colors: boolean;
}

const SIGNS: Readonly<Record<CheckStatus, string>> = { ok: "✓", warning: "!", failed: "✗", skipped: "-" };

/** A line a check, hints below them, and what it comes to; ends in a line end. */
export function renderDiagnosis(diagnosis: Diagnosis, { format, colors }: RenderDiagnosisOptions): string {
  if (format === "json") return renderJson(diagnosis);
  const style = createStyle(colors);
  const widths = [widest(diagnosis.checks.map(({ area }) => area)), NAME_WIDTH];
  const lines = diagnosis.checks.flatMap((check) => linesOf(check, widths, style));
  return `${[...lines, "", summary(diagnosis, style)].join("\n")}\n`;
}

/** A slot is longer: then its line is. */
const NAME_WIDTH = 15;

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(displayWidth));

function linesOf(check: Check, [area = 0, name = 0]: readonly number[], style: Style): readonly string[] {
  const { status, message, hint } = check;
  const sign = paintOf(status, style)(SIGNS[status]);
  const head = `${sign} ${style.faint(pad(check.area, area))}  ${pad(printable(check.name), name)}`;
  const indent = " ".repeat(area + name + "✓   ".length + 2);
  return [
    `${head}  ${status === "skipped" ? style.faint(printable(message)) : printable(message)}`,
    ...(hint === undefined ? [] : [`${indent}${style.faint("hint:")} ${printable(hint)}`]),
  ];
}

const pad = (text: string, width: number): string =>
  `${text}${" ".repeat(Math.max(0, width - displayWidth(text)))}`;

const paintOf = (status: CheckStatus, { good, warn, bad, faint }: Style): Paint =>
  ({ ok: good, warning: warn, failed: bad, skipped: faint })[status];

function summary({ counts, result, checks }: Diagnosis, style: Style): string {
  const { failed, warning, skipped } = counts;
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(warning > 0 ? [plural(warning, "warning")] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const what = `${plural(checks.length, "check")}: ${parts.join(", ") || "all well"}`;
  return paintOf(result, style)(what);
}
