import { markdownText } from "../report/markdown-text.ts";

/** A list of its own, after a report; empty where there are none. */
export const remarksMarkdown = (remarks: readonly string[]): string =>
  remarks.length === 0 ? "" : `\n\n${remarks.map((remark) => `- ${markdownText(remark)}`).join("\n")}\n`;
