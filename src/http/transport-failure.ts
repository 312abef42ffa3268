/** Why there is no answer, and how far the request had come. Never leaves this room but as the cause of an error. */
export class TransportFailure extends Error {
  /** `opening`: nothing of the request has left; `sent`: some of it may have; `answering`: the answer had begun. */
  readonly phase: "opening" | "sent" | "answering";
  /** `signal`, `time`, `size`: we ended it; `error`: the cause did. */
  readonly reason: "signal" | "time" | "size" | "error";

  /** Whether it will be the same the next time, such as a certificate that nobody trusts. */
  readonly isLasting: boolean;

  /** Of an answer that had begun; 0: none had. */
  readonly status: number;

  constructor(
    phase: TransportFailure["phase"],
    reason: TransportFailure["reason"],
    cause?: unknown,
    { isLasting = false, status = 0 }: { readonly isLasting?: boolean; readonly status?: number } = {},
  ) {
    super(`no answer: ${reason} while ${phase}`, cause === undefined ? undefined : { cause });
    this.name = "TransportFailure";
    this.phase = phase;
    this.reason = reason;
    this.isLasting = isLasting;
    this.status = status;
  }

  /** Of what ended it; empty when we did. */
  get code(): string {
    const { cause } = this;
    if (!(cause instanceof Error)) return "";
    return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  }
}
