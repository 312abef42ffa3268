import { isKeywrightError, KeywrightError } from "../core/error.ts";

export interface Telling {
  /** Of what is none of a sink's own: `SINK_WRITE_FAILED` also where nobody knows whether a write was carried out. */
  readonly code: "SINK_UNUSABLE" | "SINK_WRITE_FAILED";
  /** What a message begins with: the slot. */
  readonly what: string;
  /** What the HTTP client says of stores, said of the sink. */
  readonly ofSink: (text: string) => string;
}

/** Errors of the HTTP client as those of a sink; what already is one stays. */
export async function withApiFaults<T>({ code, what, ofSink }: Telling, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isKeywrightError(error) || error.code.startsWith("SINK_")) throw error;
    throw new KeywrightError(code, `${what}: ${ofSink(error.message)}`, {
      ...(error.hint !== undefined && { hint: ofSink(error.hint) }),
      cause: error,
    });
  }
}
