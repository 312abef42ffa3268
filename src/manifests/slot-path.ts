import picomatch from "picomatch";
import type { IssueText } from "./issue-at.ts";
import { quote } from "./quote.ts";

const MAX_SEGMENT_BYTES = 200;

/** What is wrong with a path inside a sink: it stays inside, has one spelling, and is among the allowed ones. */
export function slotPathFault(
  path: string,
  sink: string,
  allowed: readonly string[] | undefined,
): IssueText | undefined {
  const rule = brokenRule(path);
  if (rule !== undefined) {
    const message = `${quote(path)} is no path inside a sink: it ${rule}`;
    return { code: "SLOT_PATH_INVALID", message, hint: "write it like ci/scanner" };
  }
  if (!allowed || allowed.some((glob) => matcherOf(glob)(path))) return undefined;
  return {
    code: "SLOT_PATH_NOT_ALLOWED",
    message: `sink ${sink} does not allow the path ${quote(path)}`,
    hint: `the configuration allows ${allowed.join(", ")}`,
  };
}

function brokenRule(path: string): string | undefined {
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is absolute";
  if (path.includes("\\")) return "has a backslash";
  if (path.endsWith("/")) return "ends with a slash";
  if (/\p{Cc}/u.test(path)) return "has control characters";
  if (path !== path.normalize("NFC")) return "is not in Unicode's composed form";
  for (const segment of path.split("/")) {
    if (segment === "") return "has an empty part";
    if (segment === "." || segment === "..") return `has a part ${segment}`;
    if (segment.trim() !== segment) return "has a space at the end of a part";
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      return `has a part longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return undefined;
}

const matchers = new Map<string, (path: string) => boolean>();

function matcherOf(glob: string): (path: string) => boolean {
  const known = matchers.get(glob);
  if (known) return known;
  const matcher = picomatch(glob, { dot: true });
  matchers.set(glob, matcher);
  return matcher;
}
