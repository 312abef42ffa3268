/** What a gate does around looking at a credential: it slows down guessing, and notes what came of it. */

import type { FastifyRequest } from "fastify";
import type { Attempt } from "../domain/attempt-log.ts";
import type { StoreContext } from "../domain/store-context.ts";
import type { Verification } from "../domain/verify-key.ts";
import { FailureThrottle } from "./failure-throttle.ts";

declare module "fastify" {
  interface FastifyInstance {
    attempts: Attempts;
  }
}

/** Inside the process nobody guesses: there is no address, and nothing is slowed down. */
export class Attempts {
  readonly #context: StoreContext;
  readonly #throttle: FailureThrottle;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#throttle = new FailureThrottle(context.clock, context.random);
  }

  /** How many seconds the request's client has to wait before its credential is looked at; undefined: none. */
  waitSeconds(request: FastifyRequest): number | undefined {
    const { clientAddress: address } = request;
    const shown = request.headers.authorization;
    if (address === null || shown === undefined) return undefined;
    const seconds = this.#throttle.waitSeconds(address, shown);
    if (seconds !== undefined) this.#count(request, { valid: false, reason: "throttled" });
    return seconds;
  }

  note(request: FastifyRequest, verified: Verification<string>): void {
    this.#count(request, verified);
    const { clientAddress: address } = request;
    const shown = request.headers.authorization;
    if (address === null || shown === undefined) return;
    if (!verified.valid) this.#throttle.noteFailure(address, shown);
    // Its signature is another one next time.
    else if (verified.credential.securityLevel === "standard") this.#throttle.noteSuccess(shown);
  }

  #count({ clientAddress }: FastifyRequest, attempt: Attempt): void {
    const stranger = { type: "ANONYMOUS", id: null, ipAddress: clientAddress } as const;
    this.#context.attempts.note("authentication", attempt, stranger, this.#context.clock.now());
  }
}
