/** Where a Git repository is, as people write it: a path, file://, ssh://, https://, or user@host:path. */

import { KeywrightError } from "../core/error.ts";

export type GitLocation =
  | { readonly type: "local"; readonly path: string; readonly shown: string }
  /** `url` may hold a credential; `shown` never does. */
  | { readonly type: "remote"; readonly url: string; readonly shown: string };

const SCP_LIKE = /^([A-Za-z0-9._-]+@)?[A-Za-z0-9._-]{2,}:(?!\/\/)[^\\]/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;

/** Throws SOURCE_UNREADABLE for what must not be handed to git (security checks G6, G13). */
export function parseGitLocation(location: string): GitLocation {
  if (location === "" || location.startsWith("-") || /\p{Cc}/u.test(location) || location.includes("::")) {
    throw refused(shownLocation(location), "it is no path and no address");
  }
  if (SCHEME.test(location)) return parseUrl(location);
  if (SCP_LIKE.test(location)) return { type: "remote", url: location, shown: location };
  return { type: "local", path: location, shown: location };
}

function parseUrl(location: string): GitLocation {
  const shown = shownLocation(location);
  const url = URL.canParse(location) ? new URL(location) : undefined;
  if (!url) throw refused(shown, "it is no address");
  switch (url.protocol) {
    case "file:":
    case "ssh:":
    case "https:":
      return { type: "remote", url: location, shown };
    case "http:":
      if (isLoopback(url.hostname)) return { type: "remote", url: location, shown };
      throw refused(shown, "plain http is only for the loopback interface");
    default:
      throw refused(shown, `${url.protocol}// is not supported`);
  }
}

const refused = (shown: string, why: string): KeywrightError =>
  new KeywrightError("SOURCE_UNREADABLE", `cannot read a repository from ${shown}: ${why}`, {
    hint: "use a path, file://, ssh://, https:// or user@host:path",
  });

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);

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
