/** One thing that `keywright doctor` looked at. */

import { compareText } from "./issue.ts";

/** In the order in which they are told. */
export const AREAS = [
  "config",
  "manifests",
  "store",
  "credential",
  "clock",
  "sink",
  "ledger",
  "plan",
  "schedule",
] as const;

export type Area = (typeof AREAS)[number];

/** `skipped`: it could not be looked at, or the store does not tell. */
export const STATUSES = ["ok", "warning", "failed", "skipped"] as const;

export type CheckStatus = (typeof STATUSES)[number];

export interface Check {
  readonly area: Area;
  /** Within its area: `reached`, the name of a sink, a slot. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found, in one sentence. Parts of it come from stores and sinks. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

export type Verdict = Omit<Check, "area" | "name">;

/** Why something could not be looked at. */
export interface Fault {
  /** Of the catalogue of errors; `BUG` for what is not in it. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What was found, or why nothing was. */
export type Finding<T> =
  | { readonly found: T; readonly tookMs: number }
  | { readonly fault: Fault; readonly tookMs: number };

export const ok = (message: string): Verdict => ({ status: "ok", message });
export const skipped = (message: string): Verdict => ({ status: "skipped", message });
export const warning = (message: string, hint: string): Verdict => ({ status: "warning", message, hint });
export const failed = (message: string, hint?: string): Verdict => ({
  status: "failed",
  message,
  ...(hint !== undefined && { hint }),
});
export const failedBy = ({ code, message, hint }: Fault): Verdict => failed(`${code}: ${message}`, hint);

/** `0.2 s`. */
export const seconds = (ms: number): string => `${(Math.max(ms, 0) / 1000).toFixed(1)} s`;

/** By area; within one area in the order given, sinks and their slots by name. */
export const sortChecks = (checks: readonly Check[]): readonly Check[] =>
  checks.toSorted(
    (a, b) =>
      AREAS.indexOf(a.area) - AREAS.indexOf(b.area) || (a.area === "sink" ? compareText(a.name, b.name) : 0),
  );

/** `1 key`, `2 keys`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
