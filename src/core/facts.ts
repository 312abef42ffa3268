/** All that a plan is decided on, gathered before anything is decided. */

import type { DesiredState } from "./desired.ts";
import type { KeyRecord } from "./key-record.ts";
import type { LiveState } from "./live.ts";
import type { StoreCapabilities } from "./ports.ts";
import type { KeyRequest } from "./request.ts";
import type { SlotReading } from "./slot-reading.ts";
import type { ValueReading } from "./value-reading.ts";

export interface Facts {
  readonly desired: DesiredState;
  readonly live: LiveState;
  readonly records: ReadonlyMap<string, KeyRecord>;
  /** By `slotId`, for every declared slot. */
  readonly slots: ReadonlyMap<string, SlotReading>;
  /** By the name of the Secret, for every one that is declared; absent: none is. */
  readonly secretValues?: ReadonlyMap<string, ValueReading>;
  readonly capabilities: StoreCapabilities;
  /** What a person asks for besides; mostly nothing. */
  readonly requests: readonly KeyRequest[];
  /** The longest time that the schedule of checks leaves between two, from `now` on for a year; absent: there is none. */
  readonly longestSilenceMs?: number;
  readonly now: Date;
}
