/** What a reconciler does to the world, as its ports hear it. */

import type { Slot } from "../core/desired.ts";
import type { CreateRequest, RevokeRequest, Stage, Stamp, UpdateRequest } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

export type StoreAct =
  | { readonly type: "create"; readonly request: CreateRequest }
  | { readonly type: "update"; readonly request: UpdateRequest }
  | { readonly type: "revoke"; readonly request: RevokeRequest }
  | { readonly type: "verify"; readonly secret: Secret };

export type SinkAct =
  | {
      readonly type: "write";
      readonly slot: Slot;
      readonly stage: Stage;
      readonly secret: Secret;
      readonly stamp: Stamp;
    }
  | { readonly type: "remove"; readonly slot: Slot; readonly stage: Stage };

/** One act on its way: sent by a process, and carried out never, once, or more often. */
export interface Sent {
  readonly process: SimulatedProcess;
  readonly act: StoreAct | SinkAct;
  /** The run that it belongs to, and what the ledger calls it. */
  readonly subject: string;
  /** Why it should not have been sent, as the world was then. */
  readonly objection?: string;
  times: number;
}
