import type { ProcessEnvironment } from "./take-environment.ts";

/** The process around the Action; tests bring their own. */
export interface ActionHost {
  readonly env: ProcessEnvironment;
  /** Lines of the log. */
  readonly write: (text: string) => void;
  /** The same for masks: whatever stands in them goes out as it is. */
  readonly writeMask: (line: string) => void;
  /** Aborts when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Aborts some seconds after `signal`. */
  readonly deadline: AbortSignal;
}
