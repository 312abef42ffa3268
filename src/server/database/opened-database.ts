import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** How a process learns of what others have committed. */
export interface ChangeFeed {
  /**
   * A sequence number at least as high as that of every change committed before the call, by any process. Cheap
   * enough to be asked at every request.
   */
  sequence(): number | Promise<number>;
  /** Says that this process itself has just committed a change. */
  noteOwnChange(): void;
}

/** Of a pool. */
export interface Connections {
  readonly open: number;
  readonly idle: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

export interface OpenedDatabase {
  /** For messages: what it is and where. */
  readonly where: string;
  /** Its `destroy` closes the database. */
  readonly tables: Kysely<Tables>;
  readonly changes: ChangeFeed;
  /** Undefined for an engine without a pool. */
  readonly connections?: () => Connections;
}

export async function readSequence(tables: Kysely<Tables>): Promise<number> {
  const { seq } = await tables.selectFrom("change_head").select("seq").executeTakeFirstOrThrow();
  return seq;
}
