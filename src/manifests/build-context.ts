/** What manifests are built against: facts of the configuration, never of the manifests themselves. */

import type { SlotField } from "../core/slot-field.ts";
import type { ExpiresSpec, RotationSpec } from "./manifest.ts";

export interface SinkFacts {
  readonly driver: string;
  readonly fields: readonly SlotField[];
  /** Globs; absent: any path. */
  readonly paths?: readonly string[];
  /** What it writes into, where other sinks may do so too; absent: it alone does. */
  readonly place?: string;
}

export interface BuildContext {
  readonly instance: string;
  readonly defaults: { readonly rotation: RotationSpec; readonly expires?: ExpiresSpec };
  readonly sinks: ReadonlyMap<string, SinkFacts>;
  readonly now: Date;
}
