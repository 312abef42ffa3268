import { KeywrightError } from "../core/error.ts";
import { reasonFault } from "../core/request.ts";

/** The reason as it is recorded. Throws USAGE, without repeating it. */
export function checkReason(text: string): string {
  const fault = reasonFault(text);
  if (fault === undefined) return text.trim();
  throw new KeywrightError("USAGE", `--reason cannot be recorded: ${fault}`, {
    hint: "say in one line why, without any key: --reason 'pasted into a chat'",
  });
}
