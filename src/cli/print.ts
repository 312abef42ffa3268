/** Prints what people read, so that nothing in it can speak to the machine that shows it. */

import { randomBytes } from "node:crypto";
import { stopCommands } from "../report/stop-commands.ts";
import type { Host } from "./host.ts";

/**
 * In a GitHub workflow, text that holds names and messages from manifests and stores is fenced against workflow
 * commands (security check G11). Formats for machines are printed as they are.
 */
export function print(host: Host, text: string, format = "text"): void {
  host.out(isFenced(host, format) ? fence(text) : text);
}

/** The same for stderr. */
export function printError(host: Host, text: string): void {
  host.err(isFenced(host, "text") ? fence(text) : text);
}

const isFenced = ({ env }: Host, format: string): boolean =>
  env["GITHUB_ACTIONS"] === "true" && (format === "text" || format === "markdown");

const fence = (text: string): string => stopCommands(text, randomBytes(16).toString("hex"));
