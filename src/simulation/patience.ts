/** How long things take when they take long. */

import { DAY_MS, HOUR_MS, MINUTE_MS } from "../core/duration.ts";

/** Shorter than a PENDING key lives (15 minutes), so that a lease can be lost with the key still to be used. */
export const LEASE_MS = 5 * MINUTE_MS;

/** A request that hangs: leases run out, PENDING keys lapse. */
export const SLOW_MS = 20 * MINUTE_MS;

/** Who waits for a lease asks again so often, and gives up after so many times. */
export const LEASE_POLL_MS = 20_000;
export const LEASE_POLLS = 20;

/** No clock of a reconciler is off by more. */
export const CLOCKS_OFF_MS = DAY_MS + 2 * HOUR_MS;
