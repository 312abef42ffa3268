/** What text on a terminal may look like, by meaning. Without colours everything is the plain text. */

import { createColors } from "picocolors";
import type { Action } from "../core/change.ts";

export type Paint = (text: string) => string;

export interface Style {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  /** The sign of an action: `+`, `⊕`, `~`, `↻`, `-`. */
  readonly mark: (action: Action) => string;
}

export const MARKS = {
  create: "+",
  adopt: "⊕",
  update: "~",
  rotate: "↻",
  revoke: "-",
} as const satisfies Record<Action, string>;

export function createStyle(colors: boolean): Style {
  const { bold, dim, green, red, yellow, cyan } = createColors(colors);
  const paints = { create: green, adopt: green, update: yellow, rotate: cyan, revoke: red } as const;
  return {
    strong: bold,
    faint: dim,
    good: green,
    bad: red,
    warn: yellow,
    mark: (action) => paints[action](MARKS[action]),
  };
}
