import type { Messenger } from "../core/ports.ts";

/** A channel of the configuration. */
export interface OpenedChannel extends Messenger {
  /** Throws when it is bound to fail: what it is spoken to with is missing, or is none. Asks nobody. */
  readonly check: () => Promise<void>;
}
