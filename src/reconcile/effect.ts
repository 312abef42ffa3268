/** Wraps each effect on the outside world in the ledger's two events: its intent before, its outcome after. */

import { isKeywrightError } from "../core/error.ts";
import type { EffectIntent, LedgerEvent } from "../core/ledger-event.ts";
import type { LiveKey } from "../core/live.ts";
import type { Halt } from "./halt.ts";
import { isUnknown } from "./is-unknown.ts";
import type { SharedReading } from "./share-reading.ts";
import type { World } from "./world.ts";

/** One apply under way. */
export interface Run {
  readonly id: string;
  readonly instance: string;
  readonly world: World;
  /** No change is begun any more once it is aborted; one that has begun is carried through. */
  readonly signal: AbortSignal;
  readonly halt: Halt;
  /** Effects whose intents are durable already, as `subjectId`s. */
  readonly announced: Set<string>;
  /** All live keys, for those who look for what they are about to make. */
  readonly listing: SharedReading<readonly LiveKey[]>;
}

export type EffectSubject = Omit<EffectIntent, "type" | "run" | "at">;

/**
 * Does `act` once the intent is durable; at once where it was announced. Rethrows its error after noting it. The
 * outcome is durable with the next write: a crash before that leaves an open intent, which tells enough.
 */
export async function effect<T>(run: Run, subject: EffectSubject, act: () => Promise<T>): Promise<T> {
  const { ledger, clock } = run.world;
  if (!run.announced.delete(subjectId(subject))) await ledger.append(intentOf(run, subject));
  const close = (outcome: "ok" | "failed" | "unknown", error?: string): void =>
    ledger.note({
      ...intentOf(run, subject),
      type: "outcome",
      at: clock.now().toISOString(),
      outcome,
      ...(error !== undefined && { error }),
    });
  try {
    const result = await act();
    close("ok");
    return result;
  } catch (error) {
    close(isUnknown(error) ? "unknown" : "failed", errorCode(error));
    throw error;
  }
}

/**
 * Makes the intents of all that is about to be done durable by one `write`: the ledger is asked once for a whole
 * chain of effects, and still before the first of them. What then fails to come leaves an open intent.
 */
export async function announce<T>(
  run: Run,
  subjects: readonly EffectSubject[],
  write: (events: readonly LedgerEvent[]) => Promise<T>,
): Promise<T> {
  const written = await write(subjects.map((subject) => intentOf(run, subject)));
  for (const subject of subjects) run.announced.add(subjectId(subject));
  return written;
}

const intentOf = (run: Run, subject: EffectSubject): EffectIntent => ({
  ...subject,
  type: "intent",
  run: run.id,
  at: run.world.clock.now().toISOString(),
});

const subjectId = ({ effect: name, kind, name: of, operation, target }: EffectSubject): string =>
  JSON.stringify([name, kind, of, operation, target]);

const errorCode = (error: unknown): string => (isKeywrightError(error) ? error.code : "BUG");
