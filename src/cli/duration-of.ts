import { parseDuration } from "../core/duration.ts";
import { KeywrightError } from "../core/error.ts";

/** Milliseconds. Throws USAGE, naming `option`. */
export function durationOf(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new KeywrightError("USAGE", `${option} ${text} is no duration`, {
    hint: `for example ${option} 30m, 2h or 1d`,
  });
}
