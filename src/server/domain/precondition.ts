import type { Refusal } from "./refusal.ts";

/** Tells apart what a resource was at different times: its row's version, or that and more where rows come again. */
export type Version = number | string;

/** The versions that a change may meet; "any": one that is there. */
export type IfMatch = readonly string[] | "any";

const STALE: Refusal = {
  refused: "precondition-failed",
  detail: "It has changed since; read it again, then decide.",
};

/** Unless `version` is among those that the change may meet; undefined `ifMatch`: it may meet all. */
export const refuseStale = (ifMatch: IfMatch | undefined, version: Version): Refusal | undefined =>
  ifMatch === undefined || ifMatch === "any" || ifMatch.includes(String(version)) ? undefined : STALE;
