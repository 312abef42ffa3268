/** What an import wrote, or would write, for people or machines. */

import { keyText } from "../core/key-text.ts";
import type { LiveKey } from "../core/live.ts";
import { clip } from "./clip.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renderJson } from "./render-json.ts";
import { createStyle } from "./style.ts";

export interface ImportReport {
  readonly store: string;
  /** As it was asked for, or as the configuration suggests. */
  readonly directory: string;
  readonly files: readonly ImportedFile[];
  readonly skipped: readonly { readonly key: LiveKey; readonly why: string }[];
  /** What else somebody should know, each in one sentence. */
  readonly warnings: readonly string[];
}

export interface ImportedFile {
  readonly kind: "ApiKey" | "Role";
  readonly name: string;
  readonly path: string;
  /** `kept`: something stood there already, and was left. */
  readonly outcome: "written" | "planned" | "kept";
  readonly key?: LiveKey;
  readonly altered: readonly string[];
}

export interface RenderImportOptions {
  readonly format: "text" | "json";
  readonly colors: boolean;
}

/** Ends in a line end. */
export function renderImport(report: ImportReport, { format, colors }: RenderImportOptions): string {
  if (format === "json") return renderJson(asJson(report));
  const { strong, warn, faint, good } = createStyle(colors);
  const { files, directory } = report;
  const remarks = renderRemarks(report, colors);
  const keys = files.filter(({ kind }) => kind === "ApiKey").length;
  const lines = [
    strong(keys === 0 ? "Nothing to import" : `${plural(keys, "key")} into ${printable(directory)}`),
    ...files.map((file) => {
      const paint = file.outcome === "kept" ? warn : good;
      return `  ${paint(OUTCOMES[file.outcome])}  ${printable(file.path)}  ${faint(whatIs(file))}`;
    }),
    ...(remarks === "" ? [] : ["", remarks.trimEnd()]),
    ...(keys > 0 ? ["", files.every(({ outcome }) => outcome === "planned") ? NEXT_AFTER_TRIAL : NEXT] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** What was left out, and the warnings: also of use where the manifests themselves are printed. Ends in a line end, or is empty. */
export function renderRemarks(
  { skipped, warnings }: Pick<ImportReport, "skipped" | "warnings">,
  colors: boolean,
): string {
  const { strong, warn } = createStyle(colors);
  const lines = [
    ...(skipped.length > 0 ? [strong(`Left out (${skipped.length})`)] : []),
    ...skippedLines(skipped),
    ...(skipped.length > 0 && warnings.length > 0 ? [""] : []),
    ...warnings.map((warning) => `${warn("!")} ${printable(warning)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const OUTCOMES = { written: "wrote", planned: "would write", kept: "kept (it was there before)" } as const;

const NEXT =
  "Next: look at them; then keywright validate, keywright plan, keywright apply, which adopts them.";

const NEXT_AFTER_TRIAL = "Nothing was written. Next: the same without --dry-run writes them.";

/** A reason that many share is told once. */
function skippedLines(skipped: ImportReport["skipped"]): readonly string[] {
  const byReason = new Map<string, readonly LiveKey[]>();
  for (const { key, why } of skipped) byReason.set(why, [...(byReason.get(why) ?? []), key]);
  return [...byReason].flatMap(([why, keys]) =>
    keys.length === 1
      ? keys.map((key) => `  ${nameOf(key)}: ${printable(why)}`)
      : [`  ${printable(why)}:`, ...keys.map((key) => `    ${nameOf(key)}`)],
  );
}

const whatIs = ({ kind, key, name, altered }: ImportedFile): string => {
  if (kind === "Role" || !key) return `role ${printable(name)}, managed in the store`;
  const changes = altered.length === 0 ? "" : `; adopting it changes its ${altered.join(", ")}`;
  return `${nameOf(key)}${changes}`;
};

/** Where a store has no names, what it is described as. */
const nameOf = (key: LiveKey): string => {
  const name = key.displayName || clip(printable(key.description), LONGEST_DESCRIPTION);
  return `${printable(keyText(key))}${name === "" ? "" : ` "${printable(name)}"`}`;
};

const LONGEST_DESCRIPTION = 60;

const asJson = ({ store, directory, files, skipped, warnings }: ImportReport): unknown => ({
  store,
  directory,
  files: files.map(({ key, altered, ...file }) => ({
    ...file,
    ...(key && { ...identity(key), altered }),
  })),
  skipped: skipped.map(({ key, why }) => ({ ...identity(key), why })),
  warnings,
});

/** What a person wrote into a name may be a key. */
const identity = ({ id, last4, displayName }: LiveKey): object => ({
  id,
  ...(last4 !== undefined && { last4 }),
  displayName: printable(displayName),
});
