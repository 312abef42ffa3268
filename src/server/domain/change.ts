/** The one way to change the store: in a transaction, with its audit entries, and seen by the very next request. */

import type { Transaction } from "kysely";
import type { Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import { type Actor, type AuditEntry, type AuditRecord, appendAudit } from "./audit.ts";
import { checkCaller } from "./caller-lost.ts";
import type { StoreContext } from "./store-context.ts";

export interface Change {
  readonly transaction: Transaction<Tables>;
  readonly now: Date;
  /** Adds an audit entry, by another actor than the change's own if one is given. */
  readonly record: (entry: AuditEntry, actor?: Actor) => void;
}

/**
 * Runs `work` as `write` does; what it records is appended to the audit log before the commit. Throws
 * CallerLostError when the actor is a caller that could not be let in now.
 */
export async function change<T>(
  context: StoreContext,
  actor: Actor,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  const { database, clock } = context;
  try {
    return await write(database, async (transaction) => {
      const records: AuditRecord[] = [];
      const now = clock.now();
      await checkCaller(transaction, actor, now);
      const record: Change["record"] = (entry, by = actor) => {
        records.push({ ...entry, actor: by });
      };
      const result = await work({ transaction, now, record });
      await appendAudit(transaction, records, now);
      return result;
    });
  } finally {
    context.watcher.noteOwnChange();
  }
}
