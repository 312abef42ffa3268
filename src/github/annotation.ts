import { bytesOf, clipText } from "./clip-text.ts";

/** What a check says of lines of a file. */
export interface Annotation {
  /** Relative to the root of the repository, with `/`. */
  readonly path: string;
  /** From 1. */
  readonly startLine: number;
  /** Default: `startLine`. */
  readonly endLine?: number;
  /** From 1; only of one line. */
  readonly startColumn?: number;
  readonly endColumn?: number;
  readonly level: "notice" | "warning" | "failure";
  readonly message: string;
  readonly title?: string;
}

const MOST_MESSAGE_BYTES = 64 * 1024;
const MOST_TITLE = 255;

/** As GitHub takes it. Undefined: it is about no place in the repository, for which GitHub would refuse all others with it. */
export function annotationBody(annotation: Annotation): object | undefined {
  const { level, message, title } = annotation;
  const path = annotation.path.replace(/^(\.\/)+/, "");
  const place = placeOf(annotation);
  if (!isInside(path) || !place) return undefined;
  return {
    path,
    ...place,
    annotation_level: level,
    message: clipText(message, MOST_MESSAGE_BYTES, bytesOf) || "(no message)",
    ...(title !== undefined && { title: clipText(title, MOST_TITLE) }),
  };
}

const isInside = (path: string): boolean =>
  path !== "" &&
  !/[\p{Cc}\\]|^[A-Za-z]:/u.test(path) &&
  path.split("/").every((part) => part !== "" && part !== "." && part !== "..");

function placeOf({ startLine, endLine = startLine, startColumn, endColumn }: Annotation): object | undefined {
  if (!isCount(startLine) || !isCount(endLine) || endLine < startLine) return undefined;
  const lines = { start_line: startLine, end_line: endLine };
  if (startLine !== endLine || startColumn === undefined || !isCount(startColumn)) return lines;
  const end = endColumn !== undefined && isCount(endColumn) ? Math.max(endColumn, startColumn) : startColumn;
  return { ...lines, start_column: startColumn, end_column: end };
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
