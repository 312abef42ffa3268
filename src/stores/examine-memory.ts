import type { LiveKey } from "../core/live.ts";
import type { StoreExamination } from "../core/store-examination.ts";

/** `own`: the key that we run with, which may do everything; `isTold`: whether the store says which it is. */
export const examineMemory = (own: LiveKey | undefined, isTold: boolean): StoreExamination => ({
  ...(own &&
    isTold && {
      caller: { id: own.id, source: "told", roles: own.roles, expiresAt: own.expiresAt ?? null },
    }),
  missing: [],
  surplus: [],
  enough: "ADMIN",
  unknown: [],
  clock: { aheadMs: 0, withinMs: 0 },
  limits: [],
});
