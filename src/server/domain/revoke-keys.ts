import type { Caller } from "./caller.ts";
import { revokeKeyIn } from "./change-key.ts";
import { change } from "./change.ts";
import { statusOf } from "./key.ts";
import { type Refusal, isRefusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";

/** Ends the transaction, so that nothing of a refused change stays. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** Revokes keys by their numbers, all or none; gives how many were there to revoke. */
export async function revokeKeys(
  context: StoreContext,
  caller: Caller,
  numbers: readonly number[],
): Promise<number | Refusal> {
  try {
    return await change(context, caller, async (made) => {
      const rows = await made.transaction
        .selectFrom("keys")
        .selectAll()
        .where("number", "in", [...numbers])
        .execute();
      const live = rows.filter((row) => statusOf(row, made.now) !== "revoked");
      for (const { id } of live) {
        const revoked = await revokeKeyIn(made, caller, id);
        if (isRefusal(revoked)) throw new Refused(revoked);
      }
      return live.length;
    });
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}
