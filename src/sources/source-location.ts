import { KeywrightError } from "../core/error.ts";
import { type GitLocation, parseGitLocation } from "../git/git-location.ts";

/** Throws SOURCE_UNREADABLE for what must not be handed to git (security checks G6, G13). */
export function parseSourceLocation(written: string): GitLocation {
  const location = parseGitLocation(written);
  if (location.type !== "refused") return location;
  const { shown, why } = location;
  throw new KeywrightError("SOURCE_UNREADABLE", `cannot read a repository from ${shown}: ${why}`, {
    hint: "use a path, file://, ssh://, https:// or user@host:path",
  });
}
