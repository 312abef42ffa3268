import type { ApprovalNeed } from "../core/approval/approval.ts";
import type { Plan } from "../core/plan.ts";
import { renderJson } from "./render-json.ts";
import { renderPlanMarkdown } from "./render-plan-markdown.ts";
import { renderPlanSarif } from "./render-plan-sarif.ts";
import { renderPlanText } from "./render-plan-text.ts";

export interface RenderPlanOptions {
  readonly format: "text" | "json" | "markdown" | "sarif";
  readonly colors: boolean;
  /** Columns of the terminal; text only. Longer changes of fields take two lines. */
  readonly width?: number;
  /** UTF-16 code units; Markdown only. See `renderPlanMarkdown`. */
  readonly maxLength?: number;
  /** What its risks need before an apply; text and Markdown only. */
  readonly needs?: readonly ApprovalNeed[];
  /** When the plan would be carried out. */
  readonly now: Date;
}

/** A plan for people or machines, ending in a line end. */
export function renderPlan(plan: Plan, options: RenderPlanOptions): string {
  switch (options.format) {
    case "text":
      return renderPlanText(plan, options);
    case "json":
      return renderJson(plan);
    case "markdown":
      return renderPlanMarkdown(plan, options);
    case "sarif":
      return renderPlanSarif(plan);
  }
}
