/** Which files a list of glob patterns asks for, and which directories can hold such files. */

import picomatch from "picomatch";
import type { Issue } from "../core/issue.ts";

export interface Globs {
  /** The index of the last pattern that matches the path; -1: none. Later patterns overlay earlier ones. */
  layerOf(path: string): number;
  /** Whether something below `directory` could match. */
  mayHold(directory: string): boolean;
  /** What is wrong with the patterns; then nothing matches. */
  readonly issues: readonly Issue[];
}

/** Never looked into, whatever the patterns say. */
const IGNORED: ReadonlySet<string> = new Set([".git", "node_modules"]);

export function createGlobs(patterns: readonly string[]): Globs {
  const clean = patterns.map((pattern) => pattern.replace(/^(\.\/)+/, ""));
  const bad = clean.filter((pattern) => !isRelative(pattern));
  if (bad.length > 0) return { layerOf: () => -1, mayHold: () => false, issues: bad.map(badPattern) };
  const matchers = clean.map((pattern) => picomatch(pattern));
  const holders = clean.map(createHolder);
  return {
    layerOf: (path) => (isIgnored(path) ? -1 : matchers.findLastIndex((isMatch) => isMatch(path))),
    mayHold: (directory) => !isIgnored(directory) && holders.some((mayHold) => mayHold(directory)),
    issues: [],
  };
}

const isIgnored = (path: string): boolean => path.split("/").some((part) => IGNORED.has(part));

const isRelative = (pattern: string): boolean =>
  pattern !== "" && !/^[/!]|\p{Cc}/u.test(pattern) && !pattern.split("/").includes("..");

const badPattern = (pattern: string): Issue => ({
  code: "SOURCE_PATTERN_INVALID",
  severity: "error",
  message: `${JSON.stringify(pattern)} is no pattern for manifests`,
  hint: "write a glob relative to the root, with forward slashes and without `..`",
});

/** Matches the parts of a directory's path with the pattern's parts, as far as both go. */
function createHolder(pattern: string): (directory: string) => boolean {
  const parts = pattern.split("/");
  // Braces and groups may hold slashes: from the first one on, anything goes.
  const group = parts.findIndex((part) => /(?<!\\)[{(]/.test(part));
  const sure = group === -1 ? parts : [...parts.slice(0, group), "**"];
  const matchers = sure.map((part) => (part === "**" ? undefined : picomatch(part)));
  return (directory) => {
    const names = directory.split("/");
    for (const [index, name] of names.entries()) {
      if (index >= matchers.length) return false;
      const isMatch = matchers[index];
      if (!isMatch)
        return names.slice(index).every((rest) => !rest.startsWith(".") || pattern.includes(rest));
      if (!isMatch(name)) return false;
    }
    return names.length < matchers.length;
  };
}

/** A warning for each pattern that found nothing: nearly always a wrong path. */
export function unusedPatterns(patterns: readonly string[], layers: Iterable<number>): readonly Issue[] {
  const used = new Set(layers);
  return patterns.flatMap((pattern, index) =>
    used.has(index)
      ? []
      : [
          {
            code: "SOURCE_PATTERN_EMPTY",
            severity: "warning" as const,
            message: `the pattern ${JSON.stringify(pattern)} adds no file`,
            hint: "look at `manifests` in keywright.yaml",
          },
        ],
  );
}
