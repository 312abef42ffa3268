/** Wraps each effect on the outside world in the ledger's two events: its intent before, its outcome after. */

import { isKeywrightError } from "../core/error.ts";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { World } from "./world.ts";

/** One apply under way. */
export interface Run {
  readonly id: string;
  readonly instance: string;
  readonly world: World;
  /** No change is begun any more once it is aborted; one that has begun is carried through. */
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
  const result = await act().catch(async (error: unknown) => {
    // The error itself matters more than a ledger that cannot take it: the open intent tells enough.
    await close(isUnknown(error) ? "unknown" : "failed", errorCode(error)).catch(() => undefined);
    throw error;
  });
  await close("ok");
  return result;
}

const errorCode = (error: unknown): string => (isKeywrightError(error) ? error.code : "BUG");

/** Whether the store may or may not have carried it out. */
export const isUnknown = (error: unknown): boolean => isKeywrightError(error, "STORE_OUTCOME_UNKNOWN");
