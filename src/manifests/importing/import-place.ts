/** Where imported manifests go, so that the configured patterns find them. */

import picomatch from "picomatch";

const EXAMPLE = "key.yaml";

/** Whether `manifests` reads the file at `path`, relative to the configuration. */
export const isRead = (path: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => picomatch(pattern.replace(/^(\.\/)+/, ""))(path));

/** A directory that the first pattern reads, relative to the configuration: `keys/imported` for `keys/**`. */
export function importPlace(patterns: readonly string[]): string {
  const base = picomatch.scan((patterns[0] ?? "").replace(/^(\.\/)+/, "")).base;
  const own = base === "" ? "imported" : `${base}/imported`;
  return isRead(`${own}/${EXAMPLE}`, patterns) ? own : base || ".";
}
