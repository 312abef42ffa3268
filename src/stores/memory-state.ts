/** What a store in memory is made of, and how it says no. */

import { KeywrightError } from "../core/error.ts";
import type { KeyFormat } from "../core/key-format.ts";
import type { Kind, LivePolicy, LiveRole } from "../core/live.ts";
import type { Clock, Random, StoreCapabilities } from "../core/ports.ts";
import type { MemoryKeys } from "./memory-keys.ts";
import type { MemoryNeighbours } from "./memory-neighbours.ts";

export interface MemoryState {
  readonly clock: Clock;
  readonly random: Random;
  readonly capabilities: StoreCapabilities;
  readonly keys: MemoryKeys;
  /** Roles that were there before us, rendered. */
  readonly found: ReadonlySet<string>;
  readonly roles: Map<string, LiveRole>;
  policy: LivePolicy;
  readonly neighbours: MemoryNeighbours;
}

/** Of every secret that a store in memory makes. */
export const MEMORY_KEY_FORMAT: KeyFormat = { prefix: "kw", environment: "live" };

export const holds = (
  { capabilities: { updatable } }: MemoryState,
  field: StoreCapabilities["updatable"][number],
): boolean => updatable.includes(field);

/** Throws STORE_REJECTED where the store has no such thing. */
export function demandManaged({ capabilities: { manages } }: MemoryState, kind: Kind): void {
  if (kind !== "ApiKey" && !manages.includes(kind)) throw rejected(`it has no API for a ${kind}`);
}

export const rejected = (why: string): KeywrightError =>
  new KeywrightError("STORE_REJECTED", `The store refused: ${why}.`);
export const conflict = (why: string): KeywrightError =>
  new KeywrightError("STORE_CONFLICT", `The store refused: ${why}.`);
