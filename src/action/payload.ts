/** Reads of an event what is needed, and believes nothing of it: a field of another type or shape ends the run. */

import { KeywrightError } from "../core/error.ts";

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Own fields only. */
export const field = (value: unknown, name: string): unknown =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** Undefined for whatever is none. */
export function recordAt(value: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  const found = field(value, name);
  return isRecord(found) ? found : undefined;
}

/** `path`: how messages name the field. Throws CONTEXT_INVALID. */
export function textAt(value: unknown, name: string, shape: RegExp, path: string): string {
  const found = field(value, name);
  if (typeof found === "string" && shape.test(found)) return found;
  throw unexpected(path);
}

/** A positive whole number. Throws CONTEXT_INVALID. */
export function numberAt(value: unknown, name: string, path: string): number {
  const found = field(value, name);
  if (typeof found === "number" && Number.isSafeInteger(found) && found > 0) return found;
  throw unexpected(path);
}

const unexpected = (path: string): KeywrightError =>
  new KeywrightError("CONTEXT_INVALID", `the event's ${path} is not what GitHub sends`, {
    hint: "the Action is started by a GitHub Actions runner; if it was, please report this",
  });
