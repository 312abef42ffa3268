/** Where a Git repository is, as people write it: a path, file://, ssh://, https://, or user@host:path. */

import { isLoopback } from "../core/is-loopback.ts";

export type GitLocation =
  | { readonly type: "local"; readonly path: string; readonly shown: string }
  /** `url` may hold a credential; `shown` never does. */
  | { readonly type: "remote"; readonly url: string; readonly shown: string };

const SCP_LIKE = /^([A-Za-z0-9._-]+@)?[A-Za-z0-9._-]{2,}:(?!\/\/)[^\\]/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;

/** What must not be handed to git, and why. */
export interface RefusedLocation {
  readonly type: "refused";
  readonly why: string;
  readonly shown: string;
}

/** Refuses what must not be handed to git (security checks G6, G13). */
export function parseGitLocation(location: string): GitLocation | RefusedLocation {
  if (location === "" || location.startsWith("-") || /\p{Cc}/u.test(location) || location.includes("::")) {
    return refused(location, "it is no path and no address");
  }
  if (SCHEME.test(location)) return parseUrl(location);
  if (SCP_LIKE.test(location)) return { type: "remote", url: location, shown: location };
  return { type: "local", path: location, shown: location };
}

function parseUrl(location: string): GitLocation | RefusedLocation {
  const shown = shownLocation(location);
  const url = URL.canParse(location) ? new URL(location) : undefined;
  if (!url) return refused(location, "it is no address");
  switch (url.protocol) {
    case "file:":
    case "ssh:":
    case "https:":
      return { type: "remote", url: location, shown };
    case "http:":
      if (isLoopback(url.hostname.replace(/^\[|\]$/g, ""))) return { type: "remote", url: location, shown };
      return refused(location, "plain http is only for the loopback interface");
    default:
      return refused(location, `${url.protocol}// is not supported`);
  }
}

const refused = (location: string, why: string): RefusedLocation => ({
  type: "refused",
  why,
  shown: shownLocation(location),
});

/** Without user, password, query and fragment. */
export const shownLocation = (location: string): string =>
  location
    .replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/\s]*@/, "$1")
    .replace(SCHEME.test(location) ? /[?#].*$/s : /$^/, "")
    .replace(/\p{Cc}/gu, "\u{fffd}");

/** A message of git, shortened to its first lines and without credentials. */
export function cleanMessage(message: string, location: GitLocation): string {
  const plain = location.type === "remote" ? message.replaceAll(location.url, location.shown) : message;
  return plain
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/\s'"]*@/g, "$1")
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s'"?#]*)[?#][^\s'"]*/g, "$1")
    .split("\n")
    .map((line) =>
      line
        .replace(/^(fatal|error|remote): /, "")
        .replace(/[\p{Cc}\p{Cf}]/gu, "")
        .trim(),
    )
    .filter((line) => line !== "")
    .slice(0, 3)
    .join("; ");
}
