/** Wraps each effect on the outside world in the ledger's two events: its intent before, its outcome after. */

import { isKeywrightError } from "../core/error.ts";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { World } from "./world.ts";

/** One apply under way. */
export interface Run {
  readonly id: string;
  readonly instance: string;
  readonly world: World;
  /** Stops requests that may be stopped: reads. A mint that has begun is never cut short by it. */
  readonly signal: AbortSignal;
}

export type EffectSubject = Omit<EffectIntent, "type" | "run" | "at">;

/** Does `act` once the intent is durable. Rethrows its error after recording it. */
export async function effect<T>(run: Run, subject: EffectSubject, act: () => Promise<T>): Promise<T> {
  const { ledger, clock } = run.world;
  const about = { ...subject, run: run.id };
  await ledger.append({ ...about, type: "intent", at: clock.now().toISOString() });
  const close = (outcome: "ok" | "failed" | "unknown", error?: string): Promise<void> =>
    ledger.append({
      ...about,
      type: "outcome",
      at: clock.now().toISOString(),
      outcome,
      ...(error !== undefined && { error }),
    });
  try {
    const result = await act();
    await close("ok");
    return result;
  } catch (error) {
    await close(isUnknown(error) ? "unknown" : "failed", isKeywrightError(error) ? error.code : "BUG");
    throw error;
  }
}

/** Whether the store may or may not have carried it out. */
export const isUnknown = (error: unknown): boolean => isKeywrightError(error, "STORE_OUTCOME_UNKNOWN");
