import type { RunRecord } from "../core/run.ts";
import { renderJson } from "./render-json.ts";
import { renderRunMarkdown } from "./render-run-markdown.ts";
import { renderRunText } from "./render-run-text.ts";

export interface RenderRunOptions {
  readonly format: "text" | "json" | "markdown";
  readonly colors: boolean;
  /** UTF-16 code units; Markdown only. See `renderRunMarkdown`. */
  readonly maxLength?: number;
}

/** What one run did, ending in a line end. */
export function renderRun(record: RunRecord, options: RenderRunOptions): string {
  switch (options.format) {
    case "text":
      return renderRunText(record, options.colors);
    case "json":
      return renderJson(record);
    case "markdown":
      return renderRunMarkdown(record, options);
  }
}
