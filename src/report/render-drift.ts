import type { DriftReport } from "../core/drift/drift-report.ts";
import { renderDriftMarkdown } from "./render-drift-markdown.ts";
import { renderDriftText } from "./render-drift-text.ts";
import { renderJson } from "./render-json.ts";

export interface RenderDriftOptions {
  readonly format: "text" | "json" | "markdown";
  readonly colors: boolean;
  /** UTF-16 code units; Markdown only. See `renderDriftMarkdown`. */
  readonly maxLength?: number;
}

/** A drift report for people or machines, ending in a line end. */
export function renderDrift(report: DriftReport, options: RenderDriftOptions): string {
  switch (options.format) {
    case "text":
      return renderDriftText(report, options.colors);
    case "json":
      return renderJson(report);
    case "markdown":
      return renderDriftMarkdown(report, options);
  }
}
