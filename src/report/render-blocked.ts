import type { Blocked } from "../core/blocked.ts";
import { printable } from "./printable.ts";
import { renderPlace } from "./render-place.ts";
import type { Style } from "./style.ts";

/** What must be left alone, with its hint, as lines of text; none for an empty list. */
export function renderBlocked(blocked: readonly Blocked[], style: Style): readonly string[] {
  if (blocked.length === 0) return [];
  return [
    style.strong(`Left alone (${blocked.length})`),
    ...blocked.flatMap(({ kind, name, code, message, hint, at }) => [
      `  ${style.warn("!")} ${kind} ${style.strong(printable(name))}${at ? `  ${style.faint(renderPlace(at))}` : ""}`,
      `      ${style.warn(code)} ${printable(message)}`,
      `      hint: ${printable(hint)}`,
    ]),
  ];
}
