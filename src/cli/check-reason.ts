import { KeywrightError } from "../core/error.ts";
import { reasonFault } from "../core/request.ts";

/** The reason as it is recorded. Throws USAGE when it was not given or cannot be recorded, without repeating it. */
export function checkReason(text: string | undefined): string {
  const fault = text === undefined ? undefined : reasonFault(text);
  if (text !== undefined && fault === undefined) return text.trim();
  const message = text === undefined ? "--reason is missing" : `--reason cannot be recorded: ${fault}`;
  throw new KeywrightError("USAGE", message, {
    hint: "say in one line why, without any key: --reason 'pasted into a chat'",
  });
}
