import type { Change } from "./change.ts";
import { SYSTEM } from "./audit.ts";

/**
 * Revokes for good the PENDING keys whose time is over and the replaced keys whose overlap is. They are refused
 * from that time on, swept or not.
 */
export async function sweepLapsedKeys({ transaction, now, record }: Change): Promise<void> {
  for (const column of ["pending_until", "retire_at"] as const) {
    const lapsed = await transaction
      .updateTable("keys")
      .set((eb) => ({ revoked_at: eb.ref(column), pending_until: null, version: eb("version", "+", 1) }))
      .where(column, "<=", now.toISOString())
      .where("revoked_at", "is", null)
      .returning("id")
      .execute();
    const reason = column === "pending_until" ? "never used" : "replaced";
    for (const { id } of lapsed) {
      record({ action: "EXPIRE", objectType: "API_KEY", objectId: id, details: { reason } }, SYSTEM);
    }
  }
}
