/** Notes on lines of manifests, as GitHub's check runs and its runner take them. */

import type { Position } from "../core/issue.ts";
import { clip } from "./clip.ts";
import { printable } from "./printable.ts";

export interface Annotation {
  /** As the manifest's position has it. */
  readonly path: string;
  /** 1-based. */
  readonly startLine: number;
  /** 1-based, in UTF-16 code units. */
  readonly startColumn: number;
  readonly level: "notice" | "warning" | "failure";
  /** One printable line of at most 255 code units. */
  readonly title: string;
  /** Printable lines of at most 4,000 code units each. */
  readonly message: string;
}

const TITLE_LENGTH = 255;
const LINE_LENGTH = 4_000;

/** `title` and `lines` as they came. */
export const annotationAt = (
  { file, line, column }: Position,
  level: Annotation["level"],
  title: string,
  lines: readonly string[],
): Annotation => ({
  path: printable(file),
  startLine: Math.max(1, line),
  startColumn: Math.max(1, column),
  level,
  title: clip(printable(title), TITLE_LENGTH),
  message: lines.map((text) => clip(printable(text), LINE_LENGTH)).join("\n"),
});
