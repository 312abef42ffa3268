/** The process around a command: all that it may read from it and write to it. Tests and the demo bring their own. */

import type { Secret } from "../core/secret.ts";

export interface Host {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results: what a pipe wants. */
  out(text: string): void;
  /** Everything else: progress, logs, errors. */
  err(text: string): void;
  /** Whether a person looks at stderr, and may be asked. */
  readonly isInteractive: boolean;
  /** Whether `out` may be coloured. */
  readonly hasColors: boolean;
  /** Whether `err` may be coloured. */
  readonly hasErrorColors: boolean;
  /** Columns of the terminal; 100 where there is none. */
  readonly width: number;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Aborts some seconds after `signal`: what has not answered until then is not waited for. */
  readonly deadline: AbortSignal;
  /** Ends the process though something is still under way that nobody waits for. Absent: the process ends by itself. */
  abandon?(code: number): void;
  /** Asks a question that is answered by yes or no; no when nobody can be asked. */
  confirm(question: string): Promise<boolean>;
  /** One secret from stdin: typed unseen at a terminal, after `prompt`, or from a pipe. USAGE and INTERRUPTED as `readSecret`. */
  readSecret(prompt: string): Promise<Secret>;
}
