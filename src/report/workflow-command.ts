/** Commands to the GitHub Actions runner, which it reads from the log (security check G11). */

import { printable } from "./printable.ts";

/** `::error file=a.yaml,line=1::message`. Each line end of `lines` reaches the reader; nothing else acts. */
export function workflowCommand(
  command: "error" | "warning" | "notice",
  properties: Readonly<Record<string, string | number | undefined>>,
  lines: readonly string[],
): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeProperty(printable(String(value)))}`)
    .join(",");
  return `::${command}${list ? ` ${list}` : ""}::${lines.map((line) => escapeData(printable(line))).join("%0A")}`;
}

const escapeData = (text: string): string => text.replaceAll("%", "%25");

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
