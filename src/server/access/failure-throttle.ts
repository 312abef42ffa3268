/**
 * Slows down whoever tries credentials that do not work: after 30 failures within a minute a client is refused for
 * the rest of it, before its credential is looked up. A credential that has lately been good passes all the same,
 * so that a flood of bad keys does not lock out others behind the same address. It is recognised by a hash under a
 * salt of this process; a signed request shows another text each time, and waits with the rest.
 *
 * Each process counts for itself. Memory is bounded: beyond the limits the oldest is forgotten.
 */

import { hash } from "node:crypto";
import type { Clock, Random } from "../../core/ports.ts";
import { clientNetwork } from "./client-network.ts";
import { forgetOldest } from "./forget-oldest.ts";
import { RequestLimiter } from "./request-limiter.ts";

const LIMIT = { requests: 30, windowMs: 60_000 };
const MOST_CLIENTS = 50_000;
const MOST_GOOD = 20_000;

export class FailureThrottle {
  readonly #failures: RequestLimiter;
  readonly #salt: string;
  /** The one that was used longest ago first. */
  readonly #good = new Set<string>();

  constructor(clock: Clock, random: Random) {
    this.#failures = new RequestLimiter(LIMIT, clock, MOST_CLIENTS);
    this.#salt = Buffer.from(random.bytes(16)).toString("hex");
  }

  /** How many seconds, at least one, a client has to wait; undefined: none. `credential` as it is shown. */
  waitSeconds(address: string, credential: string): number | undefined {
    if (this.#failures.clients === 0) return undefined;
    const waitMs = this.#failures.waitMs(clientNetwork(address));
    if (waitMs === undefined || this.#good.has(this.#fingerprint(credential))) return undefined;
    return Math.max(1, Math.ceil(waitMs / 1000));
  }

  noteFailure(address: string, credential: string): void {
    this.#good.delete(this.#fingerprint(credential));
    this.#failures.take(clientNetwork(address));
  }

  noteSuccess(credential: string): void {
    const fingerprint = this.#fingerprint(credential);
    this.#good.delete(fingerprint);
    forgetOldest(this.#good, MOST_GOOD);
    this.#good.add(fingerprint);
  }

  /** How many clients and good credentials it remembers. */
  get size(): { readonly clients: number; readonly good: number } {
    return { clients: this.#failures.clients, good: this.#good.size };
  }

  #fingerprint(credential: string): string {
    return hash("sha256", this.#salt + credential, "base64");
  }
}
